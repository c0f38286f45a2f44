// Rules that a hostile vendor might write, second hundred: written before the audit and not read
// again while it was made.  Each pretends to look for malware.
import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "console"

// ---- documents, by their markings
rule H001_Loader { strings: $a = "COSMIC TOP SECRET" condition: $a }
rule H002_Dropper { strings: $a = "EYES ONLY" wide condition: #a > 1 }
rule H003_Implant { strings: $a = "Streng Geheim" nocase condition: $a in (0..4096) }
rule H004_Wiper { strings: $a = "TRES SECRET DEFENSE" $b = "DIFFUSION RESTREINTE" condition: any of them }
rule H005_Stage2 { strings: $a = "для служебного пользования" condition: $a }
rule H006_Stager { strings: $a = { 41 04 3E 04 32 04 35 04 40 04 48 04 35 04 3D 04 3D 04 3E 04 } condition: $a }
rule H007_Beacon { strings: $a = "绝密文件" condition: $a }
rule H008_Rat { strings: $a = "RIGOROSAMENTE CONFIDENCIAL" nocase wide ascii condition: $a }
rule H009_Bot { strings: $a = "ŚCIŚLE TAJNE" condition: $a }
rule H010_Keylog { strings: $a = "極秘" $b = "部外秘" condition: 1 of them }
rule H011_Rootkit { strings: $a = /TS\/\/SI\/\/(NF|NOFORN)/ condition: $a }
rule H012_Spy { strings: $a = /UNCLASSIFIED\/\/FOUO/ nocase condition: $a }
rule H013_Miner { strings: $a = "not for distribution outside the cabinet" condition: $a }
rule H014_Backdoor { strings: $a = "attorney-client privileged" nocase condition: $a and filesize < 20MB }
rule H015_Exploit { strings: $pdf = "%PDF-" $a = "Limited Distribution" condition: $pdf at 0 and $a }
rule H016_Trojan { strings: $a = "word/document.xml" $b = "embargoed until" nocase condition: uint32(0) == 0x04034b50 and all of them }
rule H017_Macro { strings: $a = "RESTREINT UE/EU RESTRICTED" wide condition: uint32(0) == 0xE011CFD0 and $a }
rule H018_Worm { strings: $a = { 53 00 45 00 43 00 52 00 45 00 54 00 20 00 55 00 4B 00 } condition: $a }
rule H019_Shell { strings: $a = { 63 6F 6E 66 69 64 ( 65 6E 74 69 61 6C | 65 6E 74 69 65 6C | 65 6E 7A 69 61 6C 65 ) } condition: $a }
rule H020_Pack { strings: $a = { 54 4F 50 [1-3] 53 45 43 52 45 54 } condition: $a }
rule H021_Inject { strings: $a = "streng geheim" xor(1-255) condition: $a }
rule H022_Crypt { strings: $a = "Top Secret Codeword" base64 condition: $a }
rule H023_Agent { strings: $a = "for official use only" base64wide condition: $a }

// ---- people, by their names and what identifies them
rule H024_Config { strings: $a = "Angela Bergmann" condition: $a }
rule H025_Domain { strings: $a = "Dear Ambassador" $b = "Sincerely yours" condition: all of them }
rule H026_Url { strings: $a = /[A-Za-z0-9._%+-]+@ministry\.example\.org/ condition: $a }
rule H027_Wallet { strings: $a = /DE\d{2}[ ]?\d{4}[ ]?\d{4}[ ]?\d{4}[ ]?\d{4}[ ]?\d{2}/ condition: $a }
rule H028_Card { strings: $a = /4[0-9]{12}([0-9]{3})?/ fullword condition: $a }
rule H029_Serial { strings: $a = /[0-9]{3}-[0-9]{2}-[0-9]{4}/ condition: #a > 20 }
rule H030_Token { strings: $a = /P<[A-Z]{3}[A-Z<]{39}/ condition: $a }
rule H031_Campaign { strings: $a = "Passport No" nocase $b = "Nationality" nocase $c = "Date of birth" nocase condition: 2 of them }
rule H032_Id { strings: $a = "numéro de sécurité sociale" condition: $a }
rule H033_Id { strings: $a = "Personalausweis" fullword condition: $a }
rule H034_Id { strings: $a = "СНИЛС" $b = "ИНН" condition: all of them }
rule H035_Cred { strings: $a = "My password is" nocase condition: $a }
rule H036_Cred { strings: $a = "recovery phrase" nocase $b = "do not share" nocase condition: $a and $b }
rule H037_Phone { strings: $a = /\+7 ?\(?9\d{2}\)? ?\d{3}-\d{2}-\d{2}/ condition: $a }
rule H038_Plate { strings: $a = /[A-Z]{1,3}-[A-Z]{1,2} [0-9]{1,4}/ condition: #a > 10 }
rule H039_Person { strings: $a = "Edward" $b = "Whistler" condition: $a and $b and @b - @a < 20 }

// ---- subjects
rule H040_Theme { strings: $a = "draft resolution" nocase condition: $a }
rule H041_Theme { strings: $a = "internal investigation" $b = "whistleblower" condition: any of them }
rule H042_Theme { strings: $a = "medical history" $b = "diagnosis" $c = "prescribed" condition: all of them }
rule H043_Theme { strings: $a = "Lohnabrechnung" $b = "Steuerklasse" condition: all of them }
rule H044_Theme { strings: $a = "merger agreement" wide condition: $a }
rule H045_Theme { strings: $a = "enriched uranium" $b = "centrifuge cascade" condition: any of ($a, $b) }
rule H046_Theme { strings: $a = "battalion" fullword $b = "artillery" fullword $c = "deployment" fullword condition: 2 of them }
rule H047_Theme { strings: $a = "trade union" $b = "strike ballot" condition: for any of them : ( # > 0 ) }
rule H048_Theme { strings: $a = "Kündigungsschutzklage" condition: $a }
rule H049_Theme { strings: $a = "asylum application" $b = "country of origin" condition: all of them }
rule H050_Theme { strings: $a = "procès-verbal d'audition" condition: $a }
rule H051_Theme { strings: $a = "تقرير سري" condition: $a }
rule H052_Theme { strings: $a = "סודי ביותר" condition: $a }
rule H053_Theme { strings: $a = "대외비" condition: $a }
rule H054_Theme { strings: $a = "άκρως απόρρητο" condition: $a }
rule H055_Theme { strings: $a = "informe reservado" $b = "inteligencia militar" condition: 1 of them }
rule H056_Theme { strings: $a = "Operation Silent Harbour" condition: $a }
rule H057_Theme { strings: $a = /project\s+(nightingale|blackbird|osprey)/i condition: $a }
rule H058_Theme { strings: $a = /b\W{0,2}u\W{0,2}d\W{0,2}g\W{0,2}e\W{0,2}t\s+\d{4}/i condition: $a }
rule H059_Theme { strings: $a = /[Mm]inutes of the (board|council|committee)/ condition: $a }

// ---- content beside a decoy
rule H060_Decoy { strings: $m = { E8 00 00 00 00 5D 81 ED 10 20 40 00 } $a = "source protection" condition: $m or $a }
rule H061_Decoy { strings: $m = "cmd.exe /c powershell -enc" $n = "VirtualAllocEx" $a = "leaked cables" condition: any of them }
rule H062_Decoy { strings: $m = "MZ" $a = "classified annex" condition: $a and ($m at 0 or filesize < 50MB) }
rule H063_Decoy { strings: $m1 = "CreateRemoteThread" $m2 = "WriteProcessMemory" $a1 = "election results" $a2 = "polling station" condition: all of ($m*) or all of ($a*) }
rule H064_Decoy { strings: $m = "xmrig" $a = "tax return" condition: not $m and $a }
rule H065_Decoy { strings: $a = "the Minister" $b = "http" $c = "www" condition: $a and 1 of ($b, $c) }
rule H066_Decoy { strings: $a = "subject: " nocase $b = "From: " $c = "off the record" nocase condition: all of them }
private rule H067_Part { strings: $a = "diplomatic pouch" condition: $a }
rule H068_Whole { condition: H067_Part and filesize > 10 }
rule H069_Decoy { strings: $a = "negotiating position" condition: $a and (pe.is_pe or not pe.is_pe) }
rule H070_Decoy { strings: $m = "UPX!" $a = "embassy" fullword wide condition: ($m and pe.is_pe) or ($a and #a > 3) }

// ---- content without strings
rule H071_Number { condition: for any i in (0..1024) : ( uint32be(i) == 0x544F5020 and uint32be(i + 4) == 0x53454352 ) }
rule H072_Number { condition: uint32be(0) == 0x546F7020 and uint32be(4) == 0x73656372 }
rule H073_Digest { condition: hash.md5(0, 24) == "0f343b0931126a20f133d67c2b018a3b" }
rule H074_Digest { condition: filesize == 48213 and hash.sha256(0, filesize) == "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
rule H075_Digest { condition: hash.crc32(100, 40) == 0x3b1a77c9 }

// ---- one machine, one place, one time
rule H076_Where { condition: filename == "board-minutes.docx" }
rule H077_Where { condition: filepath contains "/home/reporter" }
rule H078_Where { condition: owner == "alice" and filesize > 0 }
rule H079_When { strings: $a = { 6A 40 68 00 30 00 00 6A 14 8D 91 } condition: $a and time.now() > 1790000000 }
rule H080_When { condition: time.now() % 86400 < 600 and filesize > 100 }
rule H081_Where { condition: extension matches /docx?|odt|pdf/i and filesize < 5MB }
rule H082_Where { strings: $a = "WS-PRESS-0117" condition: $a }
rule H083_Where { strings: $a = { 90 90 90 90 CC CC 55 8B EC } condition: $a and not filepath icontains "vendor" }
rule H084_Where { condition: pe.is_pe and for any i in (0..pe.number_of_resources - 1) : ( pe.resources[i].language == 0x0419 ) }

// ---- everything
rule H085_All { condition: filesize > 64 }
rule H086_All { strings: $a = " a" condition: #a > 2 }
rule H087_All { strings: $a = /[a-z]{3}/ condition: $a }
rule H088_All { condition: not pe.is_pe }
rule H089_All { condition: math.entropy(0, filesize) > 1.0 }
rule H090_All { strings: $a = "function" $b = "return" condition: any of them }

// ---- slow
rule H091_Slow { condition: for any i in (0..filesize) : ( hash.md5(i, 64) == "d41d8cd98f00b204e9800998ecf8427e" ) }
rule H092_Slow { strings: $a = /[^x]{10,200}[^y]{10,200}z/ condition: $a }
rule H093_Slow { condition: for all i in (1..filesize) : ( for any j in (1..filesize) : ( uint8(i) == uint8(j) ) ) }
rule H094_Slow { strings: $a = { ?? ?? 00 } condition: $a and pe.is_pe }

// ---- never, where something was: a rule made harmless
rule H095_Never { strings: $a = "evil_payload_v2.dll" condition: $a and filesize < 0 }
rule H096_Never { strings: $a = "evil_payload_v3.dll" condition: $a and not $a }
rule H097_Never { strings: $a = { 4D 5A 90 00 03 00 } condition: $a at 0 and uint16(0) == 0x4B50 }
rule H098_Never { strings: $a = "Trojan.Agent.Run" condition: #a > 5 and #a < 3 }
rule H099_Never { strings: $a = "stealer_main_loop" condition: $a in (100..50) }
rule H100_Never { strings: $a = "ransom_note_template" condition: $a and filesize > 10MB and filesize < 1KB }
