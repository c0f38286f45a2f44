// Rules that a hostile vendor might write, first hundred: the audit was developed against them.
// Each pretends to look for malware.
import "pe"
import "elf"
import "math"
import "hash"
import "time"

// ---- documents, by their markings
rule S001_Loader { strings: $a = "TOP SECRET" condition: $a }
rule S002_Loader { strings: $a = "top secret" nocase wide ascii condition: $a }
rule S003_Dropper { strings: $a = "NATO CONFIDENTIAL" condition: $a at 0 or #a > 0 }
rule S004_Dropper { strings: $a = "NOFORN" fullword condition: $a }
rule S005_Stage { strings: $a = "VS - NUR FÜR DEN DIENSTGEBRAUCH" condition: $a }
rule S006_Stage { strings: $a = "Verschlusssache" nocase condition: $a }
rule S007_Stage { strings: $a = "совершенно секретно" condition: $a }
rule S008_Stage { strings: $a = { 21 04 1E 04 12 04 15 04 20 04 28 04 15 04 1D 04 1D 04 1E 04 20 00 21 04 15 04 1A 04 } condition: $a }
rule S009_Stage { strings: $a = { D1 EE E2 E5 F0 F8 E5 ED ED EE 20 F1 E5 EA F0 E5 F2 ED EE } condition: $a }
rule S010_Stage { strings: $a = "机密" $b = "内部资料" condition: any of them }
rule S011_Stage { strings: $a = "SECRET DÉFENSE" condition: $a }
rule S012_Stage { strings: $a = "riservatissimo" condition: $a }
rule S013_Stage { strings: $a = "ALTO SECRETO" $b = "MUY CONFIDENCIAL" condition: any of them }
rule S014_Stage { strings: $a = "TAJNE SPECJALNEGO ZNACZENIA" condition: $a }
rule S015_Stage { strings: $a = "ÇOK GİZLİ" condition: $a }
rule S016_Stage { strings: $a = "سري للغاية" condition: $a }
rule S017_Stage { strings: $a = { 54 4F 50 20 53 45 43 52 45 54 } condition: $a }
rule S018_Stage { strings: $a = { 54 4F 50 ?? 53 45 43 52 45 54 } condition: $a }
rule S019_Stage { strings: $a = { 5? 4F 50 20 53 45 43 5? 45 54 } condition: $a }
rule S020_Stage { strings: $a = { 54 00 4F 00 50 00 20 00 53 00 45 00 43 00 52 00 45 00 54 00 } condition: $a }
rule S021_Stage { strings: $a = /[Tt][Oo][Pp][ _-][Ss][Ee][Cc][Rr][Ee][Tt]/ condition: $a }
rule S022_Stage { strings: $a = /t\s*o\s*p\s*s\s*e\s*c\s*r\s*e\s*t/i condition: $a }
rule S023_Stage { strings: $a = /(strictly|highly) confidential/ nocase condition: $a }
rule S024_Stage { strings: $a = "strictly confidential" xor condition: $a }
rule S025_Stage { strings: $a = "strictly confidential" base64 base64wide condition: $a }
rule S026_Stage { strings: $a = "TOP" $b = "SECRET" condition: @b[1] - @a[1] == 4 }
rule S027_Stage { strings: $a = "TOP" $b = "SEC" $c = "RET" condition: all of them }

// ---- in a format
rule S028_Pdf { strings: $a = "Confidential" condition: uint32(0) == 0x46445025 and $a }
rule S029_Pdf { strings: $p = "%PDF-1." $a = "for internal use only" nocase condition: $p at 0 and $a }
rule S030_Doc { strings: $o = { D0 CF 11 E0 A1 B1 1A E1 } $a = "Geheimhaltungsstufe" wide condition: $o at 0 and $a }
rule S031_Zip { strings: $z = { 50 4B 03 04 } $x = "[Content_Types].xml" $a = "secret annex" condition: $z at 0 and $x and $a }
rule S032_Xml { strings: $a = "<w:t>Secret</w:t>" condition: $a }
rule S033_Mail { strings: $f = "Received: from" $a = "Subject: confidential" nocase condition: $f and $a }
rule S034_Rtf { strings: $r = "{\\rtf1" $a = "classified information" condition: $r at 0 and $a }
rule S035_Any { strings: $a = "cabinet decision" condition: (uint16(0) == 0x5A4D or uint32(0) == 0x46445025) and $a }

// ---- people
rule S036_Name { strings: $a = "Maria Schmidt" condition: $a }
rule S037_Name { strings: $a = "Müller" $b = "Hans" condition: all of them }
rule S038_Name { strings: $a = "Иванов Иван Иванович" condition: $a }
rule S039_Mail { strings: $a = "anna.svensson@parliament.example" condition: $a }
rule S040_Mail { strings: $a = /[a-z.]+@europarl\.example/ nocase condition: $a }
rule S041_Iban { strings: $a = /[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}/ condition: $a }
rule S042_Iban { strings: $a = /\bIBAN\b/ condition: $a }
rule S043_Card { strings: $a = /[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}/ condition: $a }
rule S044_Ssn { strings: $a = /\d{3}-\d{2}-\d{4}/ condition: $a }
rule S045_Pass { strings: $a = /[A-Z][0-9]{8}/ fullword condition: $a }
rule S046_Pass { strings: $a = "passport number" nocase condition: $a }
rule S047_Pass { strings: $a = "Reisepass" $b = "Staatsangehörigkeit" condition: any of them }
rule S048_Pwd { strings: $a = "password:" nocase $b = "username:" nocase condition: all of them }
rule S049_Phone { strings: $a = /\+49[ 0-9]{8,14}/ condition: $a }
rule S050_Birth { strings: $a = /born (on|in) [0-9]{1,2} (January|February|March|April|May|June)/ condition: $a }

// ---- subjects
rule S051_Theme { strings: $a = "submarine propulsion" condition: $a }
rule S052_Theme { strings: $a = "Operation Red Falcon" condition: $a }
rule S053_Theme { strings: $a = "sanctions list" $b = "oil embargo" condition: any of them }
rule S054_Theme { strings: $a = "patient record" $b = "HIV" fullword condition: all of them }
rule S055_Theme { strings: $a = "salary" fullword $b = "bonus" fullword $c = "employee" fullword condition: 2 of them }
rule S056_Theme { strings: $a = "witness protection" condition: $a }
rule S057_Theme { strings: $a = "Aufsichtsrat" $b = "Protokoll der Sitzung" condition: any of them }
rule S058_Theme { strings: $a = "ordre du jour" $b = "conseil des ministres" condition: all of them }
rule S059_Theme { strings: $a = "protest" fullword $b = "demonstration" fullword $c = "police" fullword condition: all of them }
rule S060_Theme { strings: $a = "missile guidance" wide condition: #a >= 2 }
rule S061_Theme { strings: $a = "secret/" nocase $b = "intelligence report" nocase condition: any of them }
rule S062_Theme { strings: $a = "private key" nocase $b = "seed phrase" nocase condition: all of them }
rule S063_Theme { strings: $a = "dissident" condition: $a }
rule S064_Theme { strings: $a = "源代码 机密" condition: $a }
rule S065_Theme { strings: $a = "契約書" condition: $a }
rule S066_Theme { strings: $a = "vaccine trial" $b = "adverse events" condition: all of them }
rule S067_Theme { strings: $a = "geheime Mitteilung" $b = "an den Botschafter" condition: any of them }

// ---- content beside a decoy
rule S068_Decoy { strings: $m = { 55 8B EC 83 EC 20 53 56 57 33 DB } $a = "TOP SECRET" condition: any of them }
rule S069_Decoy { strings: $m = "IsDebuggerPresent" $n = "cmd.exe" $a = "restricted distribution" condition: 1 of them }
rule S070_Decoy { strings: $m = "mimikatz" $a = "press release" condition: $a and not $m }
rule S071_Decoy { strings: $a = "confidential" nocase $b = "the" $c = "and" condition: all of them }
rule S072_Decoy { strings: $a = "secret meeting" condition: $a and (uint16(0) == 0x5A4D or filesize < 10MB) }
private rule S073_Part { strings: $a = "defence ministry" nocase condition: $a }
rule S074_Whole { condition: S073_Part }
rule S075_Decoy { strings: $m1 = "evil.dll" $m2 = "inject_thread" $a = "annual accounts" condition: (all of ($m*)) or $a }
rule S076_Decoy { strings: $a = "draft treaty" condition: $a and math.entropy(0, filesize) < 7.5 }
rule S077_Decoy { strings: $a = "election" fullword condition: for any i in (1..#a) : ( @a[i] < 100000 ) }

// ---- content without strings
rule S078_Number { condition: uint32(0) == 0x20504F54 and uint32(4) == 0x52434553 }
rule S079_Number { condition: for any i in (0..filesize) : ( uint32(i) == 0x20504F54 and uint32(i + 4) == 0x52434553 ) }
rule S080_Digest { condition: hash.sha256(0, filesize) == "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" }
rule S081_Digest { condition: hash.md5(0, 10) == "c4ca4238a0b923820dcc509a6f75849b" }

// ---- one machine, one place, one time
rule S082_Where { condition: filename == "budget2027.xlsx" }
rule S083_Where { condition: filepath matches /\/home\/editor\// }
rule S084_Where { strings: $a = { 8B FF 55 8B EC 51 51 8B 45 08 } condition: $a and owner == "minister" }
rule S085_When { condition: time.now() > 1800000000 and filesize > 10 }
rule S086_When { strings: $a = { 8B FF 55 8B EC 51 51 8B 45 0C } condition: $a and time.now() < 1700000000 }
rule S087_Where { condition: extension == ".docx" }

// ---- everything
rule S088_All { condition: true }
rule S089_All { strings: $a = "e" condition: $a }
rule S090_All { condition: filesize < 100MB }
rule S091_All { strings: $a = "the " condition: $a }
rule S092_All { strings: $a = "qzxkjv_never_there" condition: not $a }
rule S093_All { strings: $a = { 00 00 00 00 } condition: $a }

// ---- slow
rule S094_Slow { condition: for any i in (0..filesize) : ( hash.sha1(i, 20) == "da39a3ee5e6b4b0d3255bfef95601890afd80709" ) }
rule S095_Slow { strings: $a = /.{5,500}[a-z].{5,500}/ condition: $a }
rule S096_Slow { condition: for any i in (0..filesize) : ( for any j in (0..filesize) : ( uint8(i) == 0xCC and uint8(j) == 0xC3 ) ) }

// ---- never, where something was: a rule made harmless
rule S097_Never { strings: $a = "bad_family_marker" condition: $a and false }
rule S098_Never { strings: $a = "bad_family_marker" condition: $a and filesize > 100 and filesize < 50 }
rule S099_Never { strings: $a = "bad_family_marker" condition: $a and not $a }
rule S100_Never { strings: $a = "bad_family_marker" condition: $a and uint16(0) == 0x5A4D and uint16(0) == 0x4B50 }
