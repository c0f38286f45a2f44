/* SPDX-License-Identifier: Apache-2.0 */
#include "format/vt.h"

/*
 * The module `vt`: VirusTotal's data, which exists at VirusTotal alone.  Rules that
 * were written for its LiveHunt compile here; every field is undefined.  The names are those of
 * YARA-X's module.
 */

/* clang-format off */

static bool nothing(struct call *c, struct value *out)
{
	(void)c;
	(void)out;
	return false;
}

static const struct field vt_http_class[] = {
	{ .name = "Method", .kind = VALUE_STRUCT, .members = vt_http_methods },
	{ 0 },
};

static const struct field vt_net_class[] = {
	{ .name = "Protocol", .kind = VALUE_STRUCT, .members = vt_protocols },
	{ 0 },
};

static const struct field vt_domain_class[] = {
	{ .name = "Permutation", .kind = VALUE_STRUCT, .members = vt_permutations },
	{ 0 },
};

static const struct field vt_signature_class[] = {
	{ .name = "SignatureFormat", .kind = VALUE_STRUCT, .members = vt_formats },
	{ 0 },
};

static const struct field vt_sigma_class[] = {
	{ .name = "Level", .kind = VALUE_STRUCT, .members = vt_levels },
	{ 0 },
};

static const struct field vt_stats[] = {
	{ .name = "malicious", .kind = VALUE_INT },
	{ .name = "suspicious", .kind = VALUE_INT },
	{ .name = "undetected", .kind = VALUE_INT },
	{ .name = "harmless", .kind = VALUE_INT },
	{ .name = "failure", .kind = VALUE_INT },
	{ .name = "type_unsupported", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_submitter[] = {
	{ .name = "city", .kind = VALUE_STRING },
	{ .name = "country", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_gti_verdict[] = {
	{ .name = "value", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_gti[] = {
	{ .name = "verdict", .kind = VALUE_STRUCT, .members = vt_gti_verdict },
	{ .name = "threat_score", .kind = VALUE_STRUCT, .members = vt_gti_verdict },
	{ .name = "severity", .kind = VALUE_STRUCT, .members = vt_gti_verdict },
	{ 0 },
};

static const struct field vt_file_copy[] = {
	{ .name = "source", .kind = VALUE_STRING },
	{ .name = "destination", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_dropped[] = {
	{ .name = "path", .kind = VALUE_STRING },
	{ .name = "sha256", .kind = VALUE_STRING },
	{ .name = "type", .kind = VALUE_INT },
	{ .name = "download_url", .kind = VALUE_STRING },
	{ .name = "process_name", .kind = VALUE_STRING },
	{ .name = "process_id", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_permission[] = {
	{ .name = "permission", .kind = VALUE_STRING },
	{ .name = "owner", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_key_value[] = {
	{ .name = "key", .kind = VALUE_STRING },
	{ .name = "value", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_http[] = {
	{ .name = "url", .kind = VALUE_STRING },
	{ .name = "request_method", .kind = VALUE_INT },
	{ .name = "request_headers", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "response_headers", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "response_status_code", .kind = VALUE_INT },
	{ .name = "response_body_filetype", .kind = VALUE_INT },
	{ .name = "response_body_first_ten_bytes", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_dns[] = {
	{ .name = "hostname", .kind = VALUE_STRING },
	{ .name = "resolved_ips", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "txt_records", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_traffic[] = {
	{ .name = "destination_ip", .kind = VALUE_STRING },
	{ .name = "destination_port", .kind = VALUE_INT },
	{ .name = "transport_layer_protocol", .kind = VALUE_INT },
	{ .name = "destination_ip_asn", .kind = VALUE_INT },
	{ .name = "destination_ip_as_int", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_smtp[] = {
	{ .name = "hostname", .kind = VALUE_STRING },
	{ .name = "destination_ip", .kind = VALUE_STRING },
	{ .name = "destination_port", .kind = VALUE_INT },
	{ .name = "smtp_from", .kind = VALUE_STRING },
	{ .name = "smtp_to", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "message_from", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "message_to", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "message_cc", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "message_bcc", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "timestamp", .kind = VALUE_STRING },
	{ .name = "subject", .kind = VALUE_STRING },
	{ .name = "html_body", .kind = VALUE_STRING },
	{ .name = "txt_body", .kind = VALUE_STRING },
	{ .name = "auth_user", .kind = VALUE_STRING },
	{ .name = "auth_pass", .kind = VALUE_STRING },
	{ .name = "headers", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_key_value },
	{ .name = "attachments", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_dropped },
	{ .name = "x_mailer", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_sms[] = {
	{ .name = "destination", .kind = VALUE_STRING },
	{ .name = "body", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_ids_context[] = {
	{ .name = "protocol", .kind = VALUE_INT },
	{ .name = "src_ip", .kind = VALUE_STRING },
	{ .name = "src_port", .kind = VALUE_INT },
	{ .name = "dest_ip", .kind = VALUE_STRING },
	{ .name = "dest_port", .kind = VALUE_INT },
	{ .name = "hostname", .kind = VALUE_STRING },
	{ .name = "url", .kind = VALUE_STRING },
	{ .name = "ja3", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "ja3s", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_ids[] = {
	{ .name = "rule_msg", .kind = VALUE_STRING },
	{ .name = "rule_category", .kind = VALUE_STRING },
	{ .name = "rule_id", .kind = VALUE_STRING },
	{ .name = "alert_severity", .kind = VALUE_INT },
	{ .name = "rule_source", .kind = VALUE_STRING },
	{ .name = "alert_context", .kind = VALUE_STRUCT, .members = vt_ids_context },
	{ .name = "rule_url", .kind = VALUE_STRING },
	{ .name = "rule_references", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "rule_raw", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_tls[] = {
	{ .name = "subject", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "issuer", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "serial_number", .kind = VALUE_STRING },
	{ .name = "thumbprint", .kind = VALUE_STRING },
	{ .name = "version", .kind = VALUE_STRING },
	{ .name = "sni", .kind = VALUE_STRING },
	{ .name = "ja3", .kind = VALUE_STRING },
	{ .name = "ja3s", .kind = VALUE_STRING },
	{ .name = "ja4", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_technique[] = {
	{ .name = "id", .kind = VALUE_STRING },
	{ .name = "severity", .kind = VALUE_INT },
	{ .name = "signature_description", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_sigma_context[] = {
	{ .name = "values", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_sigma[] = {
	{ .name = "match_context", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_sigma_context },
	{ .name = "rule_level", .kind = VALUE_INT },
	{ .name = "rule_id", .kind = VALUE_STRING },
	{ .name = "rule_source", .kind = VALUE_STRING },
	{ .name = "rule_title", .kind = VALUE_STRING },
	{ .name = "rule_description", .kind = VALUE_STRING },
	{ .name = "rule_author", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_signature[] = {
	{ .name = "id", .kind = VALUE_STRING },
	{ .name = "format", .kind = VALUE_INT },
	{ .name = "name", .kind = VALUE_STRING },
	{ .name = "description", .kind = VALUE_STRING },
	{ .name = "authors", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "events", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "match_data", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "rule_src", .kind = VALUE_STRING },
	{ .name = "severity", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_mbc[] = {
	{ .name = "id", .kind = VALUE_STRING },
	{ .name = "objective", .kind = VALUE_STRING },
	{ .name = "behavior", .kind = VALUE_STRING },
	{ .name = "method", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_process[] = {
	{ .name = "process_id", .kind = VALUE_STRING },
	{ .name = "parent_process_id", .kind = VALUE_STRING },
	{ .name = "name", .kind = VALUE_STRING },
	{ .name = "start_time", .kind = VALUE_INT },
	{ .name = "termination_time", .kind = VALUE_INT },
	{ .name = "files_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_written", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_deleted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_copied", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_file_copy },
	{ 0 },
};

static const struct field vt_behaviour[] = {
	{ .name = "files_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_written", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_deleted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_copied", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_file_copy },
	{ .name = "files_attribute_changed", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "files_dropped", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_dropped },
	{ .name = "hosts_file", .kind = VALUE_STRING },
	{ .name = "processes_list", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_process },
	{ .name = "processes_created", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "processes_terminated", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "processes_killed", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "processes_injected", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "command_executions", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_created", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_started", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_stopped", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_deleted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "services_bound", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "windows_searched", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "windows_hidden", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "permissions_checked", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_permission },
	{ .name = "permissions_requested", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "mutexes_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "mutexes_created", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "signals_observed", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "signals_hooked", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "modules_loaded", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "calls_highlighted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "invokes", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "crypto_algorithms_observed", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "crypto_keys", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "crypto_plain_text", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "encoding_algorithms_observed", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "text_decoded", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "text_highlighted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "traits", .kind = VALUE_ARRAY, .of = VALUE_INT },
	{ .name = "databases_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "databases_deleted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "registry_keys_opened", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "registry_keys_set", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_key_value },
	{ .name = "registry_keys_deleted", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "system_property_lookups", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "system_property_sets", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_key_value },
	{ .name = "shared_preferences_lookups", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "shared_preferences_sets", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_key_value },
	{ .name = "content_model_observers", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "content_model_sets", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_key_value },
	{ .name = "activities_started", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "http_conversations", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_http },
	{ .name = "dns_lookups", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_dns },
	{ .name = "ip_traffic", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_traffic },
	{ .name = "sms_sent", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_sms },
	{ .name = "verdicts", .kind = VALUE_ARRAY, .of = VALUE_INT },
	{ .name = "verdict_confidence", .kind = VALUE_INT },
	{ .name = "verdict_labels", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "ja3_digests", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "memory_pattern_ips", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "memory_pattern_domains", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "memory_pattern_urls", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "smtp_conversations", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_smtp },
	{ .name = "ids_alerts", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_ids },
	{ .name = "tls", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_tls },
	{ .name = "mitre_attack_techniques", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_technique },
	{ .name = "sigma_analysis_results", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_sigma },
	{ .name = "signature_matches", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_signature },
	{ .name = "mbc", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_mbc },
	{ 0 },
};

static const struct field vt_subject[] = {
	{ .name = "common_name", .kind = VALUE_STRING },
	{ .name = "country", .kind = VALUE_STRING },
	{ .name = "organization", .kind = VALUE_STRING },
	{ .name = "organizational_unit", .kind = VALUE_STRING },
	{ .name = "locality", .kind = VALUE_STRING },
	{ .name = "state", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_validity[] = {
	{ .name = "not_after", .kind = VALUE_INT },
	{ .name = "not_before", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_certificate[] = {
	{ .name = "thumbprint", .kind = VALUE_STRING },
	{ .name = "subject", .kind = VALUE_STRUCT, .members = vt_subject },
	{ .name = "validity", .kind = VALUE_STRUCT, .members = vt_validity },
	{ .name = "subject_alternative_name", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "signature", .kind = VALUE_STRING },
	{ .name = "serial_number", .kind = VALUE_STRING },
	{ .name = "issuer", .kind = VALUE_STRUCT, .members = vt_subject },
	{ 0 },
};

static const struct field vt_tracker[] = {
	{ .name = "name", .kind = VALUE_STRING },
	{ .name = "id", .kind = VALUE_STRING },
	{ .name = "url", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_dns_record[] = {
	{ .name = "type", .kind = VALUE_STRING },
	{ .name = "dns_class", .kind = VALUE_STRING },
	{ .name = "ttl", .kind = VALUE_INT },
	{ .name = "mname", .kind = VALUE_STRING },
	{ .name = "rname", .kind = VALUE_STRING },
	{ .name = "priority", .kind = VALUE_INT },
	{ .name = "serial", .kind = VALUE_INT },
	{ .name = "retry", .kind = VALUE_INT },
	{ .name = "refresh", .kind = VALUE_INT },
	{ .name = "expire", .kind = VALUE_INT },
	{ .name = "minimum", .kind = VALUE_INT },
	{ .name = "value", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_favicon[] = {
	{ .name = "raw_md5", .kind = VALUE_STRING },
	{ .name = "dhash", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_meta_tag[] = {
	{ .name = "key", .kind = VALUE_STRING },
	{ .name = "values", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_net_file[] = {
	{ .name = "sha256", .kind = VALUE_STRING },
	{ .name = "new_for_vt", .kind = VALUE_BOOL },
	{ .name = "analysis_stats", .kind = VALUE_STRUCT, .members = vt_stats },
	{ .name = "file_type", .kind = VALUE_INT },
	{ .name = "new_for_url", .kind = VALUE_BOOL },
	{ .name = "new_for_ip", .kind = VALUE_BOOL },
	{ .name = "new_for_domain", .kind = VALUE_BOOL },
	{ .name = "signatures", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_rank[] = {
	{ .name = "position", .kind = VALUE_INT },
	{ .name = "ingestion_time", .kind = VALUE_INT },
	{ .name = "rank", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_url[] = {
	{ .name = "port", .kind = VALUE_INT },
	{ .name = "trackers", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_tracker },
	{ .name = "response_headers", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "number_of_response_headers", .kind = VALUE_INT },
	{ .name = "response_code", .kind = VALUE_INT },
	{ .name = "cookies", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "favicon", .kind = VALUE_STRUCT, .members = vt_favicon },
	{ .name = "outgoing_links", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "redirects", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "html_title", .kind = VALUE_STRING },
	{ .name = "html_meta_tags", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_meta_tag },
	{ .name = "new_url", .kind = VALUE_BOOL },
	{ .name = "analysis_stats", .kind = VALUE_STRUCT, .members = vt_stats },
	{ .name = "first_submission_date", .kind = VALUE_INT },
	{ .name = "signatures", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "submitter", .kind = VALUE_STRUCT, .members = vt_submitter },
	{ .name = "tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "query", .kind = VALUE_STRING },
	{ .name = "params", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "path", .kind = VALUE_STRING },
	{ .name = "hostname", .kind = VALUE_STRING },
	{ .name = "raw", .kind = VALUE_STRING },
	{ .name = "downloaded_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "communicating_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "embedded_resources", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_net_file },
	{ .name = "categories", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "gti_assessment", .kind = VALUE_STRUCT, .members = vt_gti },
	{ 0 },
};

static const struct field vt_ip[] = {
	{ .name = "whois", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "whois_raw", .kind = VALUE_STRING },
	{ .name = "https_certificate", .kind = VALUE_STRUCT, .members = vt_certificate },
	{ .name = "jarm", .kind = VALUE_STRING },
	{ .name = "ip_as_owner", .kind = VALUE_STRING },
	{ .name = "ip_asn", .kind = VALUE_INT },
	{ .name = "ip_country", .kind = VALUE_STRING },
	{ .name = "analysis_stats", .kind = VALUE_STRUCT, .members = vt_stats },
	{ .name = "signatures", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "raw", .kind = VALUE_STRING },
	{ .name = "downloaded_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "communicating_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "ip_as_int", .kind = VALUE_INT },
	{ .name = "first_whois", .kind = VALUE_BOOL },
	{ .name = "new_whois", .kind = VALUE_BOOL },
	{ .name = "reverse_lookup", .kind = VALUE_STRING },
	{ .name = "gti_assessment", .kind = VALUE_STRUCT, .members = vt_gti },
	{ .name = "in_range", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s",
	  .call = nothing },
	{ 0 },
};

static const struct field vt_domain[] = {
	{ .name = "raw", .kind = VALUE_STRING },
	{ .name = "root", .kind = VALUE_STRING },
	{ .name = "whois", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "whois_raw", .kind = VALUE_STRING },
	{ .name = "https_certificate", .kind = VALUE_STRUCT, .members = vt_certificate },
	{ .name = "jarm", .kind = VALUE_STRING },
	{ .name = "dns_records", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_dns_record },
	{ .name = "favicon", .kind = VALUE_STRUCT, .members = vt_favicon },
	{ .name = "analysis_stats", .kind = VALUE_STRUCT, .members = vt_stats },
	{ .name = "signatures", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "new_domain", .kind = VALUE_BOOL },
	{ .name = "tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "downloaded_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "communicating_file", .kind = VALUE_STRUCT, .members = vt_net_file },
	{ .name = "first_whois", .kind = VALUE_BOOL },
	{ .name = "new_whois", .kind = VALUE_BOOL },
	{ .name = "first_resolution", .kind = VALUE_BOOL },
	{ .name = "new_resolution", .kind = VALUE_BOOL },
	{ .name = "categories", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "popularity_ranks", .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = vt_rank },
	{ .name = "number_of_popularity_ranks", .kind = VALUE_INT },
	{ .name = "root_popularity_ranks", .kind = VALUE_ARRAY, .of = VALUE_STRUCT,
	  .members = vt_rank },
	{ .name = "number_of_root_popularity_ranks", .kind = VALUE_INT },
	{ .name = "gti_assessment", .kind = VALUE_STRUCT, .members = vt_gti },
	{ .name = "permutation_of", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s",
	  .call = nothing },
	{ .name = "permutation_of", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "si",
	  .call = nothing },
	{ 0 },
};

static const struct field vt_net[] = {
	{ .name = "url", .kind = VALUE_STRUCT, .members = vt_url },
	{ .name = "ip", .kind = VALUE_STRUCT, .members = vt_ip },
	{ .name = "domain", .kind = VALUE_STRUCT, .members = vt_domain },
	{ 0 },
};

static const struct field vt_icon[] = {
	{ .name = "dhash", .kind = VALUE_STRING },
	{ .name = "raw_md5", .kind = VALUE_STRING },
	{ 0 },
};

static const struct field vt_go_build[] = {
	{ .name = "path", .kind = VALUE_STRING },
	{ .name = "dependencies", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "settings", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ 0 },
};

static const struct field vt_go_summary[] = {
	{ .name = "num_user_functions", .kind = VALUE_INT },
	{ .name = "num_std_functions", .kind = VALUE_INT },
	{ .name = "num_interfaces", .kind = VALUE_INT },
	{ .name = "num_types", .kind = VALUE_INT },
	{ .name = "num_dependencies", .kind = VALUE_INT },
	{ 0 },
};

static const struct field vt_go[] = {
	{ .name = "version", .kind = VALUE_STRING },
	{ .name = "arch", .kind = VALUE_STRING },
	{ .name = "os", .kind = VALUE_STRING },
	{ .name = "build_id", .kind = VALUE_STRING },
	{ .name = "build_info", .kind = VALUE_STRUCT, .members = vt_go_build },
	{ .name = "summary", .kind = VALUE_STRUCT, .members = vt_go_summary },
	{ 0 },
};

static const struct field vt_metadata[] = {
	{ .name = "sha256", .kind = VALUE_STRING },
	{ .name = "sha1", .kind = VALUE_STRING },
	{ .name = "md5", .kind = VALUE_STRING },
	{ .name = "ssdeep", .kind = VALUE_STRING },
	{ .name = "imphash", .kind = VALUE_STRING },
	{ .name = "vhash", .kind = VALUE_STRING },
	{ .name = "telfhash", .kind = VALUE_STRING },
	{ .name = "file_name", .kind = VALUE_STRING },
	{ .name = "file_type", .kind = VALUE_INT },
	{ .name = "file_size", .kind = VALUE_INT },
	{ .name = "times_submitted", .kind = VALUE_INT },
	{ .name = "new_file", .kind = VALUE_BOOL },
	{ .name = "tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "signatures", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "submitter", .kind = VALUE_STRUCT, .members = vt_submitter },
	{ .name = "subfile", .kind = VALUE_BOOL },
	{ .name = "unique_sources", .kind = VALUE_INT },
	{ .name = "analysis_stats", .kind = VALUE_STRUCT, .members = vt_stats },
	{ .name = "magic", .kind = VALUE_STRING },
	{ .name = "file_type_tags", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "first_submission_date", .kind = VALUE_INT },
	{ .name = "exiftool", .kind = VALUE_DICT, .of = VALUE_STRING },
	{ .name = "main_icon", .kind = VALUE_STRUCT, .members = vt_icon },
	{ .name = "goresym", .kind = VALUE_STRUCT, .members = vt_go },
	{ .name = "malware_families", .kind = VALUE_ARRAY, .of = VALUE_STRING },
	{ .name = "tlsh", .kind = VALUE_STRING },
	{ .name = "itw", .kind = VALUE_STRUCT, .members = vt_net },
	{ .name = "gti_assessment", .kind = VALUE_STRUCT, .members = vt_gti },
	{ 0 },
};

static const struct field fields[] = {
	{ .name = "metadata", .kind = VALUE_STRUCT, .members = vt_metadata, .doc = "of a file" },
	{ .name = "behaviour", .kind = VALUE_STRUCT, .members = vt_behaviour,
	  .doc = "what sandboxes saw" },
	{ .name = "net", .kind = VALUE_STRUCT, .members = vt_net,
	  .doc = "of an address, a host or a domain" },
	{ .name = "FileType", .kind = VALUE_STRUCT, .members = vt_file_types },
	{ .name = "BehaviourTrait", .kind = VALUE_STRUCT, .members = vt_traits },
	{ .name = "BehaviourVerdict", .kind = VALUE_STRUCT, .members = vt_verdicts },
	{ .name = "ImpactSeverity", .kind = VALUE_STRUCT, .members = vt_severities },
	{ .name = "Http", .kind = VALUE_STRUCT, .members = vt_http_class },
	{ .name = "Net", .kind = VALUE_STRUCT, .members = vt_net_class },
	{ .name = "Domain", .kind = VALUE_STRUCT, .members = vt_domain_class },
	{ .name = "SignatureMatch", .kind = VALUE_STRUCT, .members = vt_signature_class },
	{ .name = "SigmaRule", .kind = VALUE_STRUCT, .members = vt_sigma_class },
	{ .name = "AlertSeverity", .kind = VALUE_STRUCT, .members = vt_alerts },
	{ 0 },
};

const struct module vt_module = { .name = "vt", .fields = fields, .classes = CLASS_ALL,
	  .doc = "VirusTotal's data; every field is undefined" };
