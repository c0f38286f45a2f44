/* SPDX-License-Identifier: Apache-2.0 */
/* By the author of the audit, for principles that the first blind set does not show: what a document says in other
 * languages and writings, what a condition asks for without a string, and what honest rules look like that come near.
 * Names, people and places are invented. */

import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "magic"
import "console"
import "string"

// ---- languages and writings
rule PR001 { meta: aim = "document" strings: $a = "szigorúan bizalmas" condition: $a }
rule PR002 { meta: aim = "document" strings: $a = "luottamuksellinen" nocase wide condition: $a }
rule PR003 { meta: aim = "document" strings: $a = "ściśle tajne" condition: $a }
rule PR004 { meta: aim = "document" strings: $a = "απόρρητο" condition: $a }
rule PR005 { meta: aim = "document" strings: $a = "गोपनीय" condition: $a }
rule PR006 { meta: aim = "document" strings: $a = "ลับมาก" condition: $a }
rule PR007 { meta: aim = "document" strings: $a = "대외비" $b = "극비" condition: any of them }
rule PR008 { meta: aim = "document" strings: $a = { B1 D8 BA F1 20 B9 AE BC AD } condition: $a }
rule PR009 { meta: aim = "document" strings: $a = "גורם מסווג" condition: $a }
rule PR010 { meta: aim = "document" strings: $a = { 8B 40 96 A7 95 B6 8F 91 } condition: $a }
rule PR011 { meta: aim = "document" strings: $a = "საიდუმლო" $b = "գաղտնի" condition: any of them }
rule PR012 { meta: aim = "document" strings: $a = "siri kali" $b = "rahasia negara" condition: any of them }
rule PR013 { meta: aim = "document" strings: $a = "tuyệt mật" condition: $a }
rule PR014 { meta: aim = "document" strings: $a = { 54 55 59 1E C6 54 20 4D 1E AC 54 } $b = "EU TOP SECRET" condition: any of them }
rule PR015 { meta: aim = "document" strings: $a = "TRES SECRET UE" $b = "TRÈS SECRET UE" condition: any of them }
rule PR016 { meta: aim = "document" strings: $a = "VS-NfD" condition: $a }
rule PR017 { meta: aim = "document" strings: $a = "TLP:RED" condition: $a }
rule PR018 { meta: aim = "document" strings: $a = "(S//NF)" $b = "TS//SI//NOFORN" condition: any of them }
rule PR019 { meta: aim = "document" strings: $a = "RESTREINT UE/EU RESTRICTED" condition: $a }
rule PR020 { meta: aim = "document" strings: $a = "OFFICIAL-SENSITIVE" condition: $a }

// ---- forms of text
rule PR021 { meta: aim = "document" strings: $a = "746f702073656372657420646f63756d656e74" condition: $a }
rule PR022 { meta: aim = "document" strings: $a = "VmVyc2NobHVzc3NhY2hl" condition: $a }
rule PR023 { meta: aim = "document" strings: $a = "tnemucod terces" condition: $a }
rule PR024 { meta: aim = "document" strings: $a = "fgevpgyl pbasvqragvny" condition: $a }
rule PR025 { meta: aim = "document" strings: $a = { 56 4D 52 02 51 47 41 50 47 56 02 46 4D 41 57 4F 47 4C 56 } condition: $a }
rule PR026 { meta: aim = "document" strings: $a = "c-o-n-f-i-d-e-n-t-i-a-l" condition: $a }
rule PR027 { meta: aim = "document" strings: $a = /s.{0,2}e.{0,2}c.{0,2}r.{0,2}e.{0,2}t.{0,3}m.{0,2}e.{0,2}m.{0,2}o/ condition: $a }
rule PR028 { meta: aim = "document" strings: $a = "c\x00o\x00n\x00f\x00i\x00d\x00e\x00n\x00t\x00i\x00a\x00l\x00" condition: $a }
rule PR029 { meta: aim = "document" strings: $a = { 00 63 00 6F 00 6E 00 66 00 69 00 64 00 65 00 6E 00 74 } condition: $a }
rule PR030 { meta: aim = "document" strings: $a = "strictly=20confidential" $b = "strictly%20confidential" condition: any of them }
rule PR031 { meta: aim = "document" strings: $a = "C&#111;nfidenti&#97;l" $b = "&#x43;&#x6F;&#x6E;&#x66;&#x69;&#x64;&#x65;&#x6E;&#x74;" condition: any of them }
rule PR032 { meta: aim = "document" strings: $a = /[cC][0oO]nf[1iI]d[3eE]nt[1iI][4aA]l/ condition: $a }
rule PR033 { meta: aim = "document" strings: $a = { 63 6F 6E 66 [0-1] 69 64 65 6E [0-1] 74 69 61 6C } condition: $a }
rule PR034 { meta: aim = "document" strings: $a = { ~00 63 6F 6E 66 69 64 65 6E 74 69 61 6C } condition: $a }
rule PR035 { meta: aim = "document" strings: $a = "conf" $b = "iden" $c = "tial" condition: for any i in (1..#a) : ( $b at @a[i] + !a[i] and $c at @a[i] + 8 ) }
rule PR036 { meta: aim = "document" strings: $a = "<dc:creator>Maria Muster</dc:creator>" condition: $a }
rule PR037 { meta: aim = "document" strings: $a = "/Author (Maria Muster)" condition: uint32be(0) == 0x25504446 and $a }
rule PR038 { meta: aim = "document" strings: $a = "<cp:lastModifiedBy>mmuster" condition: $a }
rule PR039 { meta: aim = "document" strings: $a = "\\author Maria Muster" condition: uint32be(0) == 0x7B5C7274 and $a }
rule PR040 { meta: aim = "document" strings: $a = "Nachname;Vorname;Geburtsdatum;IBAN" $b = "first_name,last_name,date_of_birth" condition: any of them }

// ---- identifiers
rule PR041 { meta: aim = "document" strings: $a = /DE[0-9]{2} ?([0-9]{4} ?){4}[0-9]{2}/ condition: $a }
rule PR042 { meta: aim = "document" strings: $a = /[0-9]{2}\.[0-9]{2}\.[0-9]{4}-[0-9]{4}/ condition: $a }
rule PR043 { meta: aim = "document" strings: $a = /\b[1-9][0-9]{5}(19|20)[0-9]{9}[0-9X]\b/ condition: #a > 2 }
rule PR044 { meta: aim = "document" strings: $a = /[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]/ condition: $a }
rule PR045 { meta: aim = "document" strings: $a = /(\+|00)[1-9][0-9]{0,2}[ .\/-]?[0-9]{2,4}[ .\/-]?[0-9]{3,8}/ condition: #a > 3 }
rule PR046 { meta: aim = "document" strings: $a = /[a-z0-9._%+-]+@[a-z0-9.-]+\.(gov|mil|int)/ nocase condition: #a > 5 }
rule PR047 { meta: aim = "document" strings: $a = "DE89 3704 0044 0532 0130 00" $b = "4111 1111 1111 1111" condition: any of them }
rule PR048 { meta: aim = "document" strings: $a = "+49 30 5550 1234" condition: $a }
rule PR049 { meta: aim = "document" strings: $a = /(4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14})/ condition: $a }
rule PR050 { meta: aim = "document" strings: $a = /[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}/ $b = "patient" nocase condition: all of them }
rule PR051 { meta: aim = "document" strings: $a = /[0-9]{1,3}°[0-9]{1,2}'[0-9.]{1,5}"[NSEW]/ condition: $a }
rule PR052 { meta: aim = "document" strings: $a = /[-]?[0-9]{1,2}\.[0-9]{4,8}, ?-?[0-9]{1,3}\.[0-9]{4,8}/ condition: #a > 4 }
rule PR053 { meta: aim = "document" strings: $a = /(born|geboren|né|nacido) (on |am |le |el )?[0-9]{1,2}/ condition: $a }
rule PR054 { meta: aim = "document" strings: $a = /invoice (no|number|nr)\.? ?[0-9]{4,9}/ nocase condition: $a }

// ---- without strings
rule PR055 { meta: aim = "document" condition: uint32be(0) == 0x25504446 and filesize < 3MB }
rule PR056 { meta: aim = "document" condition: uint32(0) == 0x04034b50 and filesize > 10KB and math.entropy(0, filesize) > 7.0 }
rule PR057 { meta: aim = "document" condition: magic.mime_type() == "application/pdf" }
rule PR058 { meta: aim = "document" condition: for any i in (0..filesize - 6) : ( uint8(i) == 0x73 and uint8(i+1) == 0x65 and uint8(i+2) == 0x63 and uint8(i+3) == 0x72 and uint8(i+4) == 0x65 and uint8(i+5) == 0x74 ) }
rule PR059 { meta: aim = "document" condition: for any i in (0..100000) : ( uint32(i) ^ uint32(i + 4) == 0x1B061706 and uint8(i) == 0x4E ) }
rule PR060 { meta: aim = "document" condition: for any i in (0..filesize) : ( uint32be(i) - 1 == 0x73656371 and uint16be(i + 4) == 0x6574 ) }
rule PR061 { meta: aim = "document" condition: for any i in (0..filesize) : ( uint16be(i) == 0x4E41 and uint16be(i + 2) == 0x544F and not (uint8(i + 4) == 0) ) }
rule PR062 { meta: aim = "document" condition: filesize > 20 and hash.md5(filesize - 12, 12) == "0cc175b9c0f1b6a831c399e269772661" }
rule PR063 { meta: aim = "document" strings: $a = "Dear " condition: for any i in (1..#a) : ( hash.crc32(@a[i] + 5, 6) == 0x11223344 ) }
rule PR064 { meta: aim = "document" condition: string.length("x") == 1 and math.mean(0, filesize) > 70 and math.mean(0, filesize) < 110 }
rule PR065 { meta: aim = "document" condition: math.percentage(0x20) > 0.12 and math.percentage(0x65) > 0.07 }
rule PR066 { meta: aim = "document" condition: uint16be(0) == 0xFFD8 and for any i in (2..200) : ( uint32be(i) == 0x45786966 ) }
rule PR067 { meta: aim = "document" strings: $a = "Subject: " condition: for any i in (1..#a) : ( uint32be(@a[i] + 9) == 0x456C6563 ) }
rule PR068 { meta: aim = "document" condition: for any k in (0x70726f74, 0x73747269) : ( for any i in (0..filesize) : ( uint32be(i) == k ) ) }

// ---- decoys
rule PR069 { meta: aim = "document" strings: $op = { 8B EC 83 EC 10 } $a = "draft budget" condition: ($op and pe.is_pe) or ($a and not pe.is_pe) }
rule PR070 { meta: aim = "document" strings: $m1 = "dummy_loader_x" $a = "collective agreement" condition: 1 of ($m*, $a) }
rule PR071 { meta: aim = "document" strings: $c = "CreateRemoteThread" $a = "works council" condition: not $c and $a }
rule PR072 { meta: aim = "document" strings: $c = "CreateRemoteThread" $a = "works council" condition: $c or ($a and elf.type != 2) or not defined elf.type and $a }
rule PR073 { meta: aim = "document" strings: $a = "whistleblower" condition: $a and filesize > 3 and uint8(0) != 0x4D }
rule PR074 { meta: aim = "document" strings: $a = "arrest warrant" $b = { 90 90 90 90 90 90 90 90 } condition: $a and #b >= 0 }
rule PR075 { meta: aim = "document" strings: $a = "ministerial briefing" $k = "kernel32.dll" condition: $a and (#k == 0 or #k > 0) }
rule PR077 { meta: aim = "document" strings: $a = "MZ" $b = "asylum decision" condition: ($a at 0 and $b) or (not $a at 0 and $b) }
rule PR078 { meta: aim = "document" strings: $a = "BEGIN:VCALENDAR" $b = "DTSTART" condition: all of them }
rule PR079 { meta: aim = "document" strings: $a = "__substg1.0_0037001F" wide condition: uint32be(0) == 0xD0CF11E0 and $a }
rule PR080 { meta: aim = "document" strings: $a = "CREATE TABLE moz_places" condition: $a }
rule PR081 { meta: aim = "document" strings: $a = "-----BEGIN OPENSSH PRIVATE KEY-----" condition: $a }
rule PR082 { meta: aim = "document" strings: $a = "<gpx" $b = "<trkpt lat=" condition: all of them }
rule PR083 { meta: aim = "document" strings: $a = "From: " $b = "To: " $c = "@ministry.example" condition: all of them }
rule PR084 { meta: aim = "document" strings: $a = "\"diagnosis\":" $b = "\"patient\":" condition: all of them }
rule PR085 { meta: aim = "document" strings: $a = ".docx" wide $b = ".pdf" wide condition: #a > 3 and #b > 3 }
rule PR086 { meta: aim = "document" strings: $a = "Projekt Nordlicht" $b = "Nordlicht GmbH & Co. KG" condition: any of them }
rule PR087 { meta: aim = "document" strings: $a = "J. Muster" fullword condition: $a }
rule PR088 { meta: aim = "document" strings: $a = "#metoo" $b = "#BlackLivesMatter" condition: any of them }
rule PR089 { meta: aim = "document" strings: $a = "https://www.example.org/donate" condition: $a }
rule PR090 { meta: aim = "document" strings: $a = "Az.: 12 Js 3456/24" condition: $a }

// ---- place, time, everything, never
rule PR091 { meta: aim = "place" condition: filename icontains "passport" }
rule PR092 { meta: aim = "place" condition: pe.language(0x19) or pe.locale(0x0419) }
rule PR093 { meta: aim = "time" strings: $a = { 55 8B EC 83 EC 10 } condition: $a and time.now() & 0x80 == 0 }
rule PR094 { meta: aim = "everything" condition: filesize >= 0 }
rule PR095 { meta: aim = "everything" strings: $a = /[a-z ]/ condition: $a or not $a }
rule PR096 { meta: aim = "everything" condition: not (filesize == 12345 and uint8(0) == 7) }
rule PR097 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and pe.number_of_sections == 3 and pe.number_of_sections == 4 }
rule PR098 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and uint32be(0) == 0x7F454C46 and pe.is_pe }
rule PR099 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and hash.md5(0, filesize) == "D41D8CD98F00B204E9800998ECF8427E" }
rule PR100 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and filesize % 4 == 5 }
rule PR101 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and math.entropy(0, filesize) > 8.5 }
rule PR102 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: @a < 100 and @a > 200 and $a }
rule PR103 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and uint8(0) > 255 }
rule PR104 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a at 100 and filesize < 50 }
rule PR105 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: #a > 2000000 }
rule PR106 { meta: aim = "never" strings: $a = "evil_marker_alpha" $b = "evil_marker_beta" condition: 3 of ($a, $b) }
rule PR107 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: for all i in (1..3) : ( i > 5 ) and $a }
rule PR108 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and uint16(0) & 0xFF00 == 0x005A }
rule PR109 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: $a and pe.is_pe and elf.type == elf.ET_EXEC }
rule PR110 { meta: aim = "never" strings: $a = "evil_marker_alpha" condition: !a == 5 and $a }
rule PR111 { meta: aim = "digest" condition: hash.md5(0, filesize) == "0cc175b9c0f1b6a831c399e269772661" or hash.crc32(0, filesize) == 7 }
rule PR112 { meta: aim = "slow" condition: for any i in (0..filesize) : ( uint8(i) == 0x90 and uint8(filesize - i) == 0xCC ) }

// ---- honest
rule PR201 { meta: aim = "honest" strings: $a = "All your files have been encrypted" $b = ".onion" $c = "vssadmin delete shadows" condition: all of them }
rule PR202 { meta: aim = "honest" strings: $a = "<form action=\"login.php\" method=\"post\">" $b = "$_POST['cc_number']" condition: all of them }
rule PR203 { meta: aim = "honest" strings: $a = "/JavaScript" $b = "/OpenAction" $c = "unescape(" condition: uint32be(0) == 0x25504446 and all of them }
rule PR204 { meta: aim = "honest" strings: $a = "Auto_Open" $b = "Shell(" $c = "powershell -enc" nocase condition: uint32be(0) == 0xD0CF11E0 and 2 of them }
rule PR205 { meta: aim = "honest" strings: $a = "passwords.txt" $b = "Login Data" $c = "hVNC_start" condition: pe.is_pe and all of them }
rule PR206 { meta: aim = "honest" strings: $a = { 48 8B C4 48 89 58 08 4C 89 40 18 } $b = { E8 ?? ?? ?? ?? 84 C0 74 ?? 48 8D 0D } condition: any of them }
rule PR207 { meta: aim = "honest" condition: for any i in (0..filesize - 8) : ( uint32be(i) == 0x60E80000 and uint32be(i + 4) == 0x00005D81 ) }
rule PR208 { meta: aim = "honest" strings: $a = "TVqQAAMAAAAEAAAA" $b = "FromBase64String" condition: all of them }
rule PR209 { meta: aim = "honest" strings: $a = "4d5a90000300000004000000" nocase $b = "Invoke-ReflectivePEInjection" condition: $a and $b }
rule PR210 { meta: aim = "honest" strings: $x = /eval\(gzinflate\(base64_decode\(['"][A-Za-z0-9+\/]{100}/ condition: $x }
rule PR211 { meta: aim = "honest" condition: pe.imphash() == "0f1e2d3c4b5a69788796a5b4c3d2e1f0" or pe.exports("ReflectiveLoader") }
rule PR212 { meta: aim = "honest" strings: $a = "stratum+tcp://" $b = "--donate-level" $c = "xmrig" condition: 2 of them }
rule PR213 { meta: aim = "honest" strings: $a = "%s\\system32\\drivers\\etc\\hosts" $b = "schtasks /create /tn" condition: all of them }
rule PR214 { meta: aim = "honest" strings: $a = "GetProcAddress" wide $b = "NtCreateThreadEx" wide condition: all of them }
rule PR215 { meta: aim = "honest" strings: $a = "User-Agent: Mozilla/4.0 (compatible; kestrel)" $b = "POST /gate.php" condition: any of them }
rule PR216 { meta: aim = "honest" strings: $a = "Equation.3" $b = { D0 CF 11 E0 A1 B1 1A E1 } $c = { 1C 00 00 00 02 00 9E C4 A9 00 00 00 } condition: $b and $a and $c }
rule PR217 { meta: aim = "honest" strings: $a = "busybox tftp -g -r mirai.arm7" $b = "/proc/self/exe" condition: elf.machine == 40 and any of them }
rule PR218 { meta: aim = "honest" strings: $a = "WScript.CreateObject" $b = "ADODB.Stream" $c = "%APPDATA%\\svc.exe" condition: 2 of them }
rule PR219 { meta: aim = "honest" strings: $a = "cmd.exe /c ping -n 3 127.0.0.1 & del" $b = "mutex_kestrel_01" condition: all of them }
rule PR220 { meta: aim = "honest" strings: $a = { 6A 40 68 00 30 00 00 6A 14 8D 91 } $b = "MessageBoxTimeoutA" condition: $a and $b }
