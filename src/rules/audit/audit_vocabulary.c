/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_text.h"

#include <string.h>

/*
 * Words of formats.  There is no list of forbidden words: these are what documents,
 * mail and stores of personal data hold whatever they say, from their specifications
 * (RFC 5322, 5545, 6350, 4880, 7468; ISO 32000; ECMA-376; ODF 1.2; [MS-OXMSG]; EXIF;
 * the tables of browsers and messengers), and what programs speak of and people do not.
 */

/* clang-format off */
/* In lower case, in the order of strcmp. */
static const char *const forms[] = {
	"   -", " pjl", " pjl job", " pjl job name", " pjl set", " pjl set username=",
	" private key-----", " the ", "!type:bank", "#!amr", "#!amr-wb", "$gnrmc", "$gpgga",
	"$gprmc", "%!ps-adobe", "%!ps-adobe-3.0", "%%creationdate:", "%%creator:", "%%eof",
	"%%for:", "%%title:", "%pdf", "%pdf-", "%pdf-1.", "+++ b/", "-- dump completed",
	"-- mysql dump", "-- postgresql database dump", "--- a/", "-----", "-----begin",
	"-----begin ", "-----begin certificate-----", "-----begin dsa private key-----",
	"-----begin ec private key-----", "-----begin encrypted private key-----",
	"-----begin openssh", "-----begin openssh private key-----",
	"-----begin openvpn static key v1-----", "-----begin pgp", "-----begin pgp message-----",
	"-----begin pgp private key block-----", "-----begin pgp public key block-----",
	"-----begin pgp signed message-----", "-----begin private key-----", "-----begin rsa",
	"-----begin rsa private key-----", "-----begin ssh2 encrypted private key-----",
	"-----begin ssh2 public key-----", "-----end", ".7z", ".accdb", ".asc", ".csv", ".db",
	".doc", ".docx", ".dwg", ".eml", ".gpg", ".heic", ".ics", ".jpeg", ".jpg", ".kdb",
	".kdbx", ".key", ".m4a", ".mbox", ".mdb", ".mov", ".mp3", ".mp4", ".mpp", ".msg",
	".numbers", ".odp", ".ods", ".odt", ".one", ".ost", ".ovpn", ".p12", ".pages", ".pdf",
	".pem", ".pfx", ".pgp", ".png", ".ppt", ".pptx", ".pst", ".rar", ".rdp", ".rtf",
	".sqlite", ".tif", ".tiff", ".txt", ".vcf", ".vsd", ".vsdx", ".wallet", ".wav", ".xls",
	".xlsx", ".zip", "/acroform", "/annots", "/author", "/author (", "/author(", "/contents",
	"/creationdate", "/creator", "/embeddedfile", "/encrypt", "/encrypt ",
	"/filter /standard", "/filter/standard", "/font", "/info", "/keywords", "/keywords(",
	"/metadata", "/moddate", "/page", "/pages", "/producer", "/sig", "/subject", "/subject(",
	"/title", "/title (", "/title(", "/trailer", "/type /catalog", "/type /page",
	"/type/page", "0table", "1password", "1table", "8bps", ":20:", ":25:", ":28c:", ":32a:",
	":50k:", ":50k:/", ":59:", ":59:/", ":60f:", ":61:", ":62f:", ":70:", ":71a:", ":86:",
	"<!doctype", "<!doctype html", "<!doctype netscape-bookmark-file-1>", "</a:t>", "</p>",
	"</t>", "</td>", "</text:p>", "</title>", "</w:t>", "<?mso-application", "<?xml",
	"<a href=", "<a:t>", "<body", "<body>", "<ca>", "<cert>", "<coordinates>",
	"<cp:keywords>", "<cp:lastmodifiedby>", "<dc:creator>", "<dc:subject>", "<dc:title>",
	"<div", "<div>", "<dt><a href=", "<gpx", "<h1", "<h1>", "<html", "<html lang=", "<html>",
	"<keepassfile", "<key>", "<kml", "<li>", "<meta name", "<meta name=",
	"<meta:initial-creator>", "<meta:keyword>", "<meta:user-defined", "<office:annotation",
	"<office:document-content", "<ofx>", "<p", "<p>", "<placemark>", "<sheetdata>",
	"<si><t>", "<t>", "<table>", "<td", "<td>", "<text:p>", "<th>", "<title", "<title>",
	"<tls-auth>", "<tr>", "<trkpt", "<w:author", "<w:comment", "<w:del", "<w:ins", "<w:p>",
	"<w:t>", "<worksheet", "=?iso-8859-1?q?", "=?utf-8?b?", "=?utf-8?q?", "[branch",
	"[content_types].xml", "[core]", "[default]", "[interface]", "[peer]",
	"[remote \"origin\"]", "\\ansi", "\\ansicpg1251", "\\author", "\\author{",
	"\\begin{document}", "\\comment", "\\company", "\\date{", "\\deff0", "\\deflang",
	"\\deflang1049", "\\documentclass", "\\fonttbl", "\\info", "\\lang", "\\lang1031",
	"\\maketitle", "\\manager", "\\objdata", "\\operator", "\\par", "\\pard", "\\rtf",
	"\\section{", "\\title", "\\title{", "\\ucn", "__attach_version1.0",
	"__attach_version1.0_", "__nameid_version1.0", "__properties_version1.0",
	"__recip_version1.0", "__recip_version1.0_", "__substg1.0_", "__substg1.0_0037001e",
	"__substg1.0_0037001f", "__substg1.0_007d001f", "__substg1.0_0c1a001f",
	"__substg1.0_1000001e", "__substg1.0_1000001f", "__substg1.0_3707001f", "_pid_guid",
	"_pid_hlinks", "_rels/.rels", "ac1015", "ac1018", "ac1021", "ac1024", "ac1027", "ac1032",
	"acad", "add_date=", "address:", "addressbook.sqlitedb", "adobe", "adr", "adr:", "adr;",
	"age-encryption.org/v1", "age-secret-key-1", "akia", "apiversion: v1", "apple",
	"application/epub+zip", "application/msword", "application/pdf",
	"application/vnd.ms-excel", "application/vnd.oasis.opendocument",
	"application/vnd.oasis.opendocument.text",
	"application/vnd.openxmlformats-officedocument", "attendee", "attendee;",
	"auth-user-pass", "author:", "autocad", "autofill", "autofill_profiles", "autoincrement",
	"aws_access_key_id", "aws_secret_access_key", "bc1q", "bcc:", "bday", "bday:",
	"begin:vcalendar", "begin:vcard", "begin:vevent", "begin:vtodo", "bhs|", "birthdate",
	"bitwarden", "bodyserialnumber", "caf", "calllog.db", "camt.052", "camt.053", "camt.054",
	"categories:", "cc:", "cell_type", "certificate-authority-data:", "chathistory",
	"chatstorage.sqlite", "ckey", "clamav-vdb", "clamav-vdb:", "client",
	"client-certificate-data:", "client-key-data:", "co-authored-by:", "com.apple.quicktime",
	"com.apple.voicememos", "commit", "contacts2.db", "content-disposition:",
	"content-disposition: attachment", "content-transfer-encoding:",
	"content-transfer-encoding: base64", "content-transfer-encoding: quoted-printable",
	"content-type:", "content-type: multipart/alternative", "content-type: multipart/mixed",
	"content-type: text/html", "content-type: text/plain", "content.opf", "content.xml",
	"content_types", "contents", "conversationid", "cookies.sqlite", "copy public.",
	"copyright", "cp:category", "cp:keywords", "cp:lastmodifiedby", "create index",
	"create table", "create table if not exists", "credit_cards", "data", "date of birth",
	"date:", "date_unixtime", "dc:creator", "dc:description", "dc:subject", "dc:title",
	"default.kdbx", "defaultkey", "delivered-to:", "dev tap", "dev tun", "dg1|", "dicm",
	"diff --git", "diff --git a/", "displayname", "disposition-notification-to:",
	"dkim-signature:", "dn:", "dn: cn=", "dn: uid=", "docprops/app.xml", "docprops/core.xml",
	"docprops/custom.xml", "documentsummaryinformation", "drop table",
	"drop table if exists", "dtend", "dtend:", "dtstart", "dtstart:", "e-mail", "e-mail:",
	"email", "email:", "email;", "encryptedpassword", "encryptedusername", "end:vcalendar",
	"end:vcard", "endobj", "endpoint =", "endstream", "excel.sheet", "exif",
	"exif:gpslatitude", "exif:gpslongitude", "false", "fax:", "file", "file_schema", "flac",
	"fn:", "formhistory.sqlite", "formsubmiturl", "from", "from ", "from:", "from: ",
	"from_id", "ftyp", "ftyp3gp", "ftypavc1", "ftypheic", "ftypisom", "ftypm4a", "ftypmif1",
	"ftypmp42", "ftypqt", "full address:s:", "function", "geo:", "ghp_", "gimp",
	"gimp xcf file", "givenname:", "glpat-", "gps", "gpslatitude", "gpslatituderef",
	"gpslongitude", "gpslongituderef", "have", "header;", "hostname", "http", "http:",
	"http://", "http://ns.adobe.com/xap/1.0/", "https", "https:", "https://", "id3",
	"in-reply-to:", "index:", "insert into", "insert into public.", "iptc", "iptc4xmpcore",
	"isa*00*", "iso-10303-21;", "jfif", "keepass", "keepassxc", "key4.db", "key_remote_jid",
	"keymaterial", "keymeta", "keystore", "keyword_search_terms", "kind: config",
	"kind: secret", "lame", "lang=", "lastpass", "location", "lock tables", "login ",
	"login data", "login:", "logins.json", "machine", "mailto:", "matroska", "message-----",
	"message-id:", "meta-inf/container.xml", "meta-inf/manifest.xml", "meta.xml",
	"microsoft word", "mime-version", "mime-version:", "mimetype",
	"mimetypeapplication/epub+zip", "mimetypeapplication/vnd.oasis.opendocument",
	"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
	"mimetypeapplication/vnd.oasis.opendocument.text", "mkey", "mmssms.db", "mobile:",
	"moov", "moz_bookmarks", "moz_cookies", "moz_formhistory", "moz_places", "msgstore.db",
	"msh|^~\\&|", "mvhd", "n:", "name", "name:", "nbformat", "netscape-bookmark-file-1",
	"nk1|", "note:", "ns.adobe.com/xap/1.0/", "null", "objectclass:",
	"objectclass: inetorgperson", "obr|", "obx|", "oggs", "openssh-key-v1", "openvpn",
	"opushead", "org:", "organizer", "organizer;", "organizer;cn=", "origin_url",
	"otpauth://", "otpauth://totp/", "pain.001", "pain.008", "password ", "password:",
	"password_value", "passwordfield", "passwort:", "pdf:keywords", "pdf:producer",
	"personal_chat", "pgdmp", "pgp", "phone", "phone:", "photoshop", "photoshop:city",
	"photoshop:country", "photoshop:credit", "photoshop:headline", "pid|", "pid|1|",
	"places.sqlite", "powerpoint document", "ppk", "ppt/", "ppt/notesslides/",
	"ppt/presentation.xml", "ppt/slides/", "ppt/slides/slide1.xml", "presharedkey =",
	"primary key", "private key-----", "privatekey =", "privatekey=", "prodid:", "proto udp",
	"putty", "putty-user-key-file", "putty-user-key-file-", "putty-user-key-file-2",
	"putty-user-key-file-3", "pv1|", "received:", "received: from", "received: from ",
	"recipient_id", "references:", "remote", "remote_jid", "reply-to:", "resourcetype",
	"return", "return-path:", "return-receipt-to:", "reviewed-by:", "riff", "root entry",
	"rrule:", "rtf1", "select ", "sender:", "sender_id", "serialnumber", "settings.xml",
	"signal.sqlite", "signed-off-by:", "sk_live_", "sketchup", "smime.p7m", "smime.p7s",
	"sms.db", "sn:", "solidworks", "spdx-license-identifier:", "sqlite format",
	"sqlite format 3", "ssh-ed25519", "ssh-rsa", "standard ace db", "standard jet db",
	"startxref", "stream", "styles.xml", "subject:", "subject: ", "subject: =?utf-8?b?",
	"subject: =?utf-8?q?", "summary", "summaryinformation", "tel", "tel.:", "tel:", "tel;",
	"telegram", "text", "that", "the ", "this", "thread-index:", "thread-topic:", "threadid",
	"title:", "to:", "to: ", "trailer", "true", "type", "udta", "uid:", "unb+unoa", "urls",
	"urn:iso:std:iso:20022", "user:", "username:", "username:s:", "username_value",
	"usernamefield", "userpassword:", "valarm", "version:2.1", "version:3.0", "version:4.0",
	"visits", "w:author", "w:author=", "w:rsid", "wa.db", "wallet.dat", "wave", "wavefmt",
	"web data", "webm", "whatsapp", "where ", "with", "wlanprofile", "word.document",
	"word/", "word/comments.xml", "word/document.xml", "word/footer1.xml",
	"word/footnotes.xml", "word/header1.xml", "word/media/", "word/people.xml",
	"word/settings.xml", "word/styles.xml", "worddocument", "workbook", "www", "www.",
	"x-mailer:", "x-originating-ip:", "x-spam-status:", "x-wr-calname", "xcf", "xl/",
	"xl/sharedstrings.xml", "xl/workbook.xml", "xl/worksheets/", "xl/worksheets/sheet",
	"xl/worksheets/sheet1.xml", "xmp", "xmp:creatortool", "xmpmm:documentid", "xoxb-",
	"xoxp-", "xprv", "xpub", "xref", "ya29.", "zmessage", "zsender", "zwabaddresses",
	"{1:f01", "{2:i103", "{2:o103", "{4:", "{\\*\\company", "{\\*\\manager", "{\\author",
	"{\\category", "{\\comment", "{\\company", "{\\creatim", "{\\doccomm", "{\\info",
	"{\\keywords", "{\\manager", "{\\operator", "{\\rtf", "{\\rtf1", "{\\rtf1\\ansi",
	"{\\subject", "{\\title",
};

/* The parts of computers that programs speak of and letters, minutes and contracts do not.  A
 * sentence with one of them is taken for a program's message.  (So a rule that hunts for what is
 * written about a rootkit is not told from one that hunts for the rootkit.) */
static const char *const machinery[] = {
	"pragma",
	"include",
	"define",
	"activex", "antivirus", "api", "arg", "args", "argument", "ascii", "asp", "backdoor",
	"base64", "beacon", "bios", "bitcoin", "boot", "botnet", "buffer", "bypass", "byte",
	"bytes", "callback", "cgi", "chmod", "cmd", "cmdshell", "cobalt", "cookie", "cookies",
	"cpu", "curl", "daemon", "ddos", "debugger", "decrypt", "decrypting", "decryption",
	"dll", "dns", "dos", "driver", "dropper", "dump", "dword", "echo", "encrypt",
	"encrypted", "encrypting", "equation", "eval", "exec", "execute", "execve", "exfil",
	"exploit", "exploitable", "fifo", "firmware", "folder", "formatted", "ftp", "hacker",
	"hackers", "handle", "hash", "hashes", "hashrate", "hex", "hook", "hostname", "http",
	"ifconfig", "iis", "implant", "infile", "inject", "injected", "injecting", "injection",
	"injector", "input", "ip", "ipconfig", "javascript", "json", "jsp", "kerberos", "kernel",
	"keylog", "keylogger", "keystroke", "keystrokes", "localhost", "log", "login", "logon",
	"lsass", "macro", "macros", "malware", "mbr", "memory", "merkle", "meterpreter",
	"mimikatz", "miner", "module", "modules", "mutex", "nbtstat", "netcat", "netstat",
	"ntlm", "obfuscation", "ole", "onion", "option", "output", "packet", "param", "passwd",
	"payload", "persistence", "php", "pid", "ping", "pipe", "plugin", "pointer", "port",
	"ports", "powershell", "privilege", "privileges", "process", "proxy", "ransomware",
	"rat", "registry", "root", "rootkit", "rpc", "sam", "scan", "script", "scriptlet",
	"server", "shell", "shellcode", "shutdown", "sniff", "sniffer", "snmp", "socket",
	"spyware", "sql", "ssh", "ssl", "stager", "stderr", "stdin", "stdout", "stratum", "sudo",
	"syscall", "systeminfo", "tasklist", "tcp", "telnet", "tgt", "thread", "threads",
	"timeout", "tls", "tor", "trojan", "udp", "uname", "unhide", "uninstall", "url", "usage",
	"utf", "vba", "vulnerable", "webshell", "wget", "whoami", "wscript", "xml",
};

/* What names of fields that hold data about people are made of. */
static const char *const data[] = {
	"account", "addr", "address", "age", "allergy", "altitude", "amount", "apellido",
	"apellidos", "arrival", "author", "avatar", "balance", "ballot", "bank", "bic", "birth",
	"blood", "body", "booking", "call", "card", "case", "chat", "child", "children",
	"citizen", "citizenship", "city", "class", "client", "code", "codice", "cognome",
	"contact", "content", "country", "court", "credit", "customer", "cvv", "date", "day",
	"debt", "department", "departure", "diagnosis", "disease", "display", "dob", "doctor",
	"donation", "donor", "duration", "email", "employee", "ethnicity", "expires", "expiry",
	"family", "father", "fax", "fecha", "first", "fiscale", "flight", "from", "full",
	"geburtsdatum", "geburtsort", "gehalt", "gender", "given", "grade", "group", "guest",
	"heart", "home", "hospital", "house", "iban", "id", "identity", "imie", "income",
	"insurance", "invoice", "issued", "judge", "konto", "kontonummer", "kunde", "last",
	"lat", "latitude", "lawyer", "licence", "license", "loan", "location", "lon",
	"longitude", "maiden", "mail", "manager", "marital", "match", "medical", "member",
	"membership", "message", "middle", "mobile", "mother", "nachname", "nacimiento",
	"naissance", "name", "names", "nascita", "national", "nationality", "nazwisko",
	"nickname", "no", "nom", "nombre", "nr", "num", "number", "of", "office", "order", "ort",
	"party", "passport", "patient", "patientennummer", "payment", "payroll", "pension",
	"permit", "person", "personal", "phone", "photo", "picture", "place", "plate", "plz",
	"police", "policy", "political", "postal", "postcode", "preference", "prenom",
	"prescription", "profile", "rate", "recipient", "recognition", "record", "religion",
	"return", "room", "salary", "school", "score", "seat", "sender", "sex", "signature",
	"sms", "spouse", "ssn", "staff", "state", "status", "strasse", "street", "student",
	"subject", "supervisor", "sur", "suspect", "swift", "symptom", "tax", "teacher", "tel",
	"telephone", "text", "title", "to", "town", "type", "union", "user", "username",
	"vehicle", "victim", "ville", "visa", "visit", "vorname", "vote", "voter", "ward",
	"witness", "work", "zip",
};
/* clang-format on */

static bool is_one_of(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

bool audit_is_form(const char *text)
{
	return is_one_of(forms, sizeof forms / sizeof *forms, text);
}

bool audit_is_machinery(const char *word)
{
	return is_one_of(machinery, sizeof machinery / sizeof *machinery, word);
}

bool audit_is_datum(const char *text)
{
	size_t parts = 0;

	while (*text != '\0') {
		char word[16];
		size_t n = 0;
		while (text[n] != '\0' && text[n] != '_' && text[n] != '-' && text[n] != ' ')
			n++;
		if (n == 0 || n >= sizeof word)
			return false;
		memcpy(word, text, n);
		word[n] = '\0';
		if (!is_one_of(data, sizeof data / sizeof *data, word))
			return false;
		parts++;
		text += n + (text[n] != '\0');
	}
	return parts >= 2;
}
