/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "base/text.h"
#include "format/modules.h"

/*
 * The module `cuckoo`: what a sandbox saw the program do, from a JSON report that is given as the
 * module's data.  The texts that conditions can ask for are copied out once; without a report there
 * are none, and every function says 0, as YARA's do.
 */

/* One observed thing: a text that regular expressions look at, and what else must agree. */
struct seen {
	struct span text;
	struct span method; /* http: as the report has it */
	int64_t port;       /* tcp, udp */
};

struct list {
	struct seen *item;
	size_t n;
};

struct report {
	struct list dns, http, agents, hosts, tcp, udp, keys, files, mutexes;
};

/* ---- reading */

/* Like YARA, which hands C strings to its matcher: up to a NUL. */
static bool text_of(struct arena *a, const struct json_item *item, struct span *out)
{
	struct span s;

	if (!json_read_text(item, &s))
		return false;
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;
	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	*out = (struct span){ arena_copy(a, s.p, s.n), s.n };
	return out->p != NULL;
}

/* What one element of a list in the report says; false where it lacks something. */

static bool read_domain(struct arena *a, const struct json_item *item, struct seen *out)
{
	struct span ip;
	return json_read_text(json_read_member(item, "ip"), &ip) &&
	       text_of(a, json_read_member(item, "domain"), &out->text);
}

static bool read_dns(struct arena *a, const struct json_item *item, struct seen *out)
{
	struct span ip;
	return json_read_text(json_read_member(item, "ip"), &ip) &&
	       text_of(a, json_read_member(item, "hostname"), &out->text);
}

static bool read_http(struct arena *a, const struct json_item *item, struct seen *out)
{
	return text_of(a, json_read_member(item, "uri"), &out->text) &&
	       text_of(a, json_read_member(item, "method"), &out->method);
}

static bool read_agent(struct arena *a, const struct json_item *item, struct seen *out)
{
	return text_of(a, json_read_member(item, "user-agent"), &out->text);
}

static bool read_flow(struct arena *a, const struct json_item *item, struct seen *out)
{
	return json_read_int(json_read_member(item, "dport"), &out->port) &&
	       text_of(a, json_read_member(item, "dst"), &out->text);
}

static bool read_list(struct arena *a, const struct json_item *from,
		      bool (*read)(struct arena *a, const struct json_item *item, struct seen *out),
		      struct list *out)
{
	size_t n = json_read_is_array(from) ? json_read_count(from) : 0;

	out->item = arena_array(a, n, sizeof *out->item);
	if (out->item == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (read(a, json_read_element(from, i), &out->item[out->n]))
			out->n++;
	return true;
}

static bool read_plain(struct arena *a, const struct json_item *item, struct seen *out)
{
	return text_of(a, item, &out->text);
}

static bool read_report(struct arena *a, const struct json_item *root, struct report *r)
{
	const struct json_item *network = json_read_member(root, "network");
	const struct json_item *summary =
		json_read_member(json_read_member(root, "behavior"), "summary");
	/* newer reports name what was resolved "domains", older ones "dns" */
	const struct json_item *domains = json_read_member(network, "domains");
	const struct json_item *http = json_read_member(network, "http");

	return read_list(a, domains != NULL ? domains : json_read_member(network, "dns"),
			 domains != NULL ? read_domain : read_dns, &r->dns) &&
	       read_list(a, http, read_http, &r->http) &&
	       read_list(a, http, read_agent, &r->agents) &&
	       read_list(a, json_read_member(network, "hosts"), read_plain, &r->hosts) &&
	       read_list(a, json_read_member(network, "tcp"), read_flow, &r->tcp) &&
	       read_list(a, json_read_member(network, "udp"), read_flow, &r->udp) &&
	       read_list(a, json_read_member(summary, "keys"), read_plain, &r->keys) &&
	       read_list(a, json_read_member(summary, "files"), read_plain, &r->files) &&
	       read_list(a, json_read_member(summary, "mutexes"), read_plain, &r->mutexes);
}

/* ---- functions */

enum { GET = 1, POST = 2, ANY = 0 };

static bool method_is(struct span method, unsigned wanted)
{
	struct span get = span_of("get"), post = span_of("post");
	struct span want[] = { (wanted & GET) != 0 ? get : post,
			       (wanted & POST) != 0 ? post : get };

	for (size_t k = 0; k < 2; k++) {
		size_t i = 0;
		while (i < method.n && i < want[k].n && text_lower(method.p[i]) == want[k].p[i])
			i++;
		if (i == method.n && i == want[k].n)
			return true;
	}
	return false;
}

static bool any(struct call *c, const struct list *list, unsigned methods, const int64_t *port,
		struct value *out)
{
	value_int(out, 0);
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct seen *s = &list->item[i];
		if (*c->steps == 0)
			return false;
		--*c->steps;
		if ((port != NULL && s->port != *port) ||
		    (methods != ANY && !method_is(s->method, methods)) ||
		    !c->regex(c->ctx, c->args[0].i, s->text))
			continue;
		value_int(out, 1);
		break;
	}
	return true;
}

static const struct report *report_of(const struct call *c)
{
	static const struct report none = { 0 };
	return c->state != NULL ? c->state : &none;
}

static bool dns_lookup(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->dns, ANY, NULL, out);
}
static bool http_get(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->http, GET, NULL, out);
}
static bool http_post(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->http, POST, NULL, out);
}
static bool http_request(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->http, GET | POST, NULL, out);
}
static bool user_agent(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->agents, ANY, NULL, out);
}
static bool host(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->hosts, ANY, NULL, out);
}
static bool tcp(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->tcp, ANY, &c->args[1].i, out);
}
static bool udp(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->udp, ANY, &c->args[1].i, out);
}
static bool key_access(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->keys, ANY, NULL, out);
}
static bool file_access(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->files, ANY, NULL, out);
}
static bool mutex(struct call *c, struct value *out)
{
	return any(c, &report_of(c)->mutexes, ANY, NULL, out);
}

/* ---- tables */

/* clang-format off */

static const struct field network_fields[] = {
	{ .name = "dns_lookup", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = dns_lookup, .doc = "a name that was resolved" },
	{ .name = "http_get", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r", .call = http_get,
	  .doc = "the address of a GET request" },
	{ .name = "http_post", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = http_post, .doc = "the address of a POST request" },
	{ .name = "http_request", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = http_request, .doc = "the address of either" },
	{ .name = "http_user_agent", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = user_agent, .doc = "the user agent of a request" },
	{ .name = "host", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r", .call = host,
	  .doc = "a host that was talked to" },
	{ .name = "tcp", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ri", .call = tcp,
	  .doc = "a TCP connection to an address and port" },
	{ .name = "udp", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ri", .call = udp,
	  .doc = "a UDP datagram to an address and port" },
	{ 0 },
};

static const struct field registry_fields[] = {
	{ .name = "key_access", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = key_access, .doc = "a registry key that was touched" },
	{ 0 },
};

static const struct field filesystem_fields[] = {
	{ .name = "file_access", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r",
	  .call = file_access, .doc = "a file that was touched" },
	{ 0 },
};

static const struct field sync_fields[] = {
	{ .name = "mutex", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "r", .call = mutex,
	  .doc = "a mutex that was opened or made" },
	{ 0 },
};

static const struct field fields[] = {
	{ .name = "network", .kind = VALUE_STRUCT, .members = network_fields, .doc = "on the network" },
	{ .name = "registry", .kind = VALUE_STRUCT, .members = registry_fields,
	  .doc = "in the registry" },
	{ .name = "filesystem", .kind = VALUE_STRUCT, .members = filesystem_fields,
	  .doc = "in the file system" },
	{ .name = "sync", .kind = VALUE_STRUCT, .members = sync_fields, .doc = "between processes" },
	{ 0 },
};

/* clang-format on */

static bool check(struct span data, struct error *e)
{
	struct json_document *d;

	if (data.n == 0)
		return true;
	if (!json_read_open(data, 0, &d, e))
		return error_wrap(e, "cuckoo: report: ");
	json_read_close(d);
	return true;
}

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	struct json_document *d;

	for (size_t i = 0; fields[i].name != NULL; i++)
		if (value_make_struct(&slots[i], in->arena, fields[i].members) == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "cuckoo: no memory");
	if (in->data.n == 0)
		return true;
	struct report *r = arena_alloc(in->arena, sizeof *r);
	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "cuckoo: no memory");
	if (!json_read_open(in->data, 0, &d, e))
		return error_wrap(e, "cuckoo: report: ");
	bool ok = read_report(in->arena, json_read_root(d), r);
	json_read_close(d);
	if (!ok)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "cuckoo: no memory for the report");
	*in->state = r;
	return true;
}

const struct module cuckoo_module = {
	.name = "cuckoo",
	.fields = fields,
	.classes = CLASS_ALL,
	.load = load,
	.check = check,
	.doc = "what a sandbox saw (a report given by --module-data)"
};
