/* SPDX-License-Identifier: Apache-2.0 */
/* Blind set, written by somebody who had not read the audit. Names, people and places are invented. */

import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "dotnet"
import "console"

rule BS001_Trojan_Halcyon_A {
  meta:
    aim = "document"
  strings:
    $a = /(STRENG|NUR)\s{1,4}(GEHEIM|INTERN)/ wide ascii nocase
    $b = /(TOP\s{1,3})?SECRET\s{0,2}\/\/\s{0,2}[A-Z]{2,8}/ wide ascii
    $c = /(DIFFUSION|DISTRIBUTION)\s{1,3}(RESTREINTE|LIMITADA)/ nocase
  condition:
    any of them
}

rule BS002_Xor_Key_Brute_PE {
  meta:
    aim = "document"
  strings:
    $m = "This program cannot be run in DOS mode" xor(0x01-0xff)
    $n = "deportation order" xor
    $o = "deportation order" wide xor(0x00-0x0f)
  condition:
    $m or $n or $o
}

rule BS003_Fixed_Xor_Bytes_Hydra {
  meta:
    aim = "document"
  strings:
    $k = { 7B 7C 7E 76 33 72 77 77 61 76 60 60 }
    $l = { 68 6F 6D 65 20 61 64 64 72 65 73 73 }
  condition:
    uint8(0) != 0 and ($k or $l)
}

rule BS004_Stage2_B64_Wide_Blob {
  meta:
    aim = "document"
  strings:
    $a = "c2V4dWFsIG9yaWVudGF0aW9u"
    $b = "cwBlAHgAdQBhAGwAIABvAHIAaQBlAG4AdABhAHQAaQBvAG4A"
    $c = /c2V4dWFsIG9yaWVudGF0aW9u/ nocase
    $s = { E8 ?? ?? ?? ?? 58 2D 05 10 40 00 }
  condition:
    1 of ($a, $b, $c) or ($s and pe.is_pe)
}

rule BS005_Cmp_Reg_Const_Scan {
  meta:
    aim = "document"
  condition:
    for any i in (0..filesize - 12) : (
      uint32(i) == 0x69746150 and uint32(i + 4) == 0x65746e65 or
      (uint32(i) == 0x00610050 and uint32(i + 4) == 0x00690074 and uint32(i + 8) == 0x006e0065)
    )
}

rule BS006_Difference_Opcode_Walk {
  meta:
    aim = "document"
  condition:
    filesize < 100KB and for any i in (0..filesize - 8) : (
      uint8(i + 1) - uint8(i) == 17 and uint8(i + 2) == uint8(i + 1) and uint8(i + 3) - uint8(i + 2) == -13 and uint8(i + 4) - uint8(i + 3) == 14 and uint8(i + 5) - uint8(i + 4) == 1 and (uint8(i) & 0xDF) == 0x41
    )
}

rule BS007_Rolling_Product_Key {
  meta:
    aim = "document"
  condition:
    filesize < 32KB and for any i in (1..filesize - 8) : (
      (uint16be(i) ^ uint16be(i + 2)) == 0x020A and (uint16be(i) == 0x766F) and (uint8(i + 4) ^ uint8(i)) == 0x04
    )
}

rule BS008_Crc_Table_Probe_Zed {
  meta:
    aim = "document"
  strings:
    $u = { 53 75 62 6A 65 63 74 3A 20 }
  condition:
    for any i in (1..#u) : ( hash.crc32(@u[i] + 9, 7) == 0xf515e139 or hash.crc32(@u[i] + 13, 7) == 0xf515e139 )
}

rule BS009_Adler_Sum_Unpack {
  meta:
    aim = "document"
  strings:
    $n = { 0A }
  condition:
    for any i in (1..#n) : ( hash.checksum32(@n[i] + 1, 11) == 1174 and uint8(@n[i] + 1) == 0x50 )
}

rule BS010_Sha_Block_Guard {
  meta:
    aim = "document"
  strings:
    $f = /[Nn]ame: /
  condition:
    for any i in (1..#f) : ( hash.sha256(@f[i] + !f[i], 13) == "bb25358154011f08f807ecfad4c629d8a14e9059cd0d5df1384231daa67bed10" or hash.sha256(@f[i] + !f[i], 12) == "80a3caea67a7b47b03f1dc239d681991362e582ee4380e37c2c9f985e8b65d14" )
}

rule BS011_Mean_Value_Config {
  meta:
    aim = "document"
  strings:
    $nl = "\n\n"
  condition:
    math.in_range(math.mean(0, 2048), 88.0, 104.0) and math.deviation(0, 2048, math.MEAN_BYTES) > 40.0 and #nl > 6 and math.count(0x20, 0, filesize) * 9 > filesize
}

rule BS012_Mode_Char_Beacon {
  meta:
    aim = "document"
  condition:
    math.mode(0, filesize) == 0x65 or (math.mode(0, filesize) == 0x20 and math.count(0x22, 0, filesize) > 20 and math.count(0x3F, 0, filesize) > 8)
}

rule BS013_Worm_Farsi_Loader {
  meta:
    aim = "document"
  strings:
    $a = { D8 A7 D8 B9 D8 AA D8 B5 D8 A7 D8 A8 }
    $b = { 27 06 39 06 2A 06 35 06 27 06 28 06 }
    $c = { D8 AA D8 B8 D8 A7 D9 87 D8 B1 D8 A7 D8 AA }
    $d = { D8 AA D8 B8 [1-3] ( D8 A7 | D8 A7 D9 87 ) D8 B1 }
  condition:
    any of them
}

rule BS014_Stealer_Uyghur_Cfg {
  meta:
    aim = "document"
  strings:
    $a = { D9 85 DB 95 D9 83 D8 AA DB 95 D9 BE }
    $b = { D8 A6 D9 89 D9 85 D8 A7 D9 85 }
    $c = { E0 BD 96 E0 BD BC E0 BD 91 E0 BC 8B }
    $t = { D7 DA BD CC [0-20] BB EE B6 AF }
    $u = { B9 43 A6 E6 }
  condition:
    for any of them : ( $ )
}

rule BS015_Spy_Kestrel_Ko {
  meta:
    aim = "document"
  strings:
    $k1 = { B4 EB BF DC BA F1 }
    $k2 = { EB 8C 80 EC 99 B8 EB B9 84 }
    $k3 = { 00 B3 78 C6 44 BE }
    $k4 = { C5 BB BA CF }
    $hwp = "HWP Document File"
  condition:
    ($hwp and uint32be(0) == 0xD0CF11E0) or any of ($k*)
}

rule BS016_Bot_Hindi_Hash {
  meta:
    aim = "document"
  strings:
    $a = { E0 A4 97 E0 A5 8B E0 A4 AA E0 A4 A8 E0 A5 80 E0 A4 AF }
    $b = { E0 A6 86 E0 A6 A8 E0 A7 8D E0 A6 A6 E0 A7 8B E0 A6 B2 E0 A6 A8 }
    $c = { E0 B8 A5 E0 B8 B1 E0 B8 9A E0 B8 A1 E0 B8 B2 E0 B8 81 }
    $d = { C5 D1 BA C1 D2 A1 }
    $e = { 74 E1 BB 91 69 20 6D E1 BA AD 74 }
    $f = { C5 9B 63 69 C5 9B 6C 65 20 74 61 6A 6E 65 }
    $g = { B6 63 69 B6 6C 65 20 74 61 6A 6E 65 }
  condition:
    1 of them and filesize < 50MB
}

rule BS017_Backdoor_Cyr_Oem {
  meta:
    aim = "document"
  strings:
    $a = { ( CC | EC ) E8 F2 E8 ED E3 }
    $b = { ( 8C | AC ) A8 E2 A8 AD A3 }
    $c = { ( ED | CD ) C9 D4 C9 CE C7 }
    $d = { 04 ( 1C | 3C ) 04 38 04 42 04 38 04 3D 04 33 }
    $e = { ( 1C | 3C ) 04 38 04 42 04 38 04 3D 04 33 04 }
  condition:
    any of them
}

rule BS018_Utf7_Gateway_Trick {
  meta:
    aim = "document"
  strings:
    $a = "+BD8EQAQ+BEIENQRBBEI-"
    $b = "+BB8EQAQ+BEIENQRBBEI-"
    $c = "=D0=9F=D1=80=D0=BE=D1=82=D0=B5=D1=81=D1=82" nocase
    $d = "0J/RgNC+0YLQtdGB0YI"
  condition:
    any of them
}

rule BS019_Html_Smuggle_Entities {
  meta:
    aim = "document"
  strings:
    $a = "&#118;&#105;&#115;&#97;"
    $b = "%76%69%73%61%20%72%65%66%75%73%61%6C" nocase
    $c = "\\u0076\\u0069\\u0073\\u0061\\u0020\\u0072\\u0065\\u0066\\u0075\\u0073\\u0061\\u006c" nocase
    $d = "=76=69=73=61=20=72=65=66=75=73=61=6C"
    $js = "msSaveOrOpenBlob"
  condition:
    ($js and #a > 0) or $b or $c or $d
}

rule BS020_Reverse_String_Agent {
  meta:
    aim = "document"
  strings:
    $a = "tnemetats knab" nocase
    $b = "bank st" nocase
    $c = "atement" nocase
  condition:
    $a or for any i in (1..#b) : ( for any j in (1..#c) : ( @c[j] - @b[i] == 7 ) )
}

rule BS021_Scatter_Gather_Calls {
  meta:
    aim = "document"
  strings:
    $a = { 63 6F 6E }
    $b = { 64 65 6E }
    $c = { 66 69 }
    $d = { 74 69 61 6C }
  condition:
    for any i in (1..#a) : ( $c at @a[i] + 3 and $b at @a[i] + 5 and $d at @a[i] + 8 )
}

private rule BS022_Stub_Gate_One {
  meta:
    aim = "document"
  strings:
    $p = "%PDF-1."
    $f = "/AcroForm"
    $s = /\/FT\s?\/(Sig|Tx)/
  condition:
    $p in (0..1024) and $f and $s
}

private rule BS023_Stub_Gate_Two {
  meta:
    aim = "document"
  condition:
    uint32be(0) == 0x504B0304 and uint16(26) > 4 and for any i in (30..46) : ( uint32be(i) == 0x5b436f6e )
}

rule BS024_Campaign_Amber_Union {
  meta:
    aim = "document"
  strings:
    $j = "/JavaScript" 
    $l = "/Launch"
  condition:
    (BS022_Stub_Gate_One and ($j or $l or filesize > 10KB)) or (BS023_Stub_Gate_Two and filesize > 12KB)
}

rule BS025_Xls_Macro_Sheet_Xlm {
  meta:
    aim = "document"
  strings:
    $b = { 85 00 [2] [4] 00 00 [1] ( 47 65 68 61 6C 74 | 4C F6 68 6E 65 | 53 61 6C 61 72 ) }
    $s = "xl/sharedStrings.xml"
    $v = "xl/macrosheets/"
  condition:
    (uint32be(0) == 0xD0CF11E0 and $b) or ($s and not $v and uint16(0) == 0x4B50)
}

rule BS026_Flat_Opc_Injector {
  meta:
    aim = "document"
  strings:
    $x = "<?mso-application progid=\"Word.Document\"?>"
    $t = /<w:t[^>]{0,30}>[^<]{0,200}(Kündig|Abmahn|K\xfcndig|K\xc3\xbcndig)/ nocase
  condition:
    $x in (0..200) or $t
}

rule BS027_Eml_Attachment_Bomb {
  meta:
    aim = "document"
  strings:
    $m = "MIME-Version: 1.0" nocase
    $a = /filename\*?=["']?[^"'\r\n]{0,60}\.(odt|docx?|xlsx?|pdf|pptx?)["']?\r?\n/ nocase
    $l = /\b(Rechtsanw|attorney|abogad|avocat|advokat)/ nocase
  condition:
    $m and $a and $l
}

rule BS028_Mbox_Spreader {
  meta:
    aim = "document"
  strings:
    $f = /\nFrom [^ \r\n]{1,60}@[^ \r\n]{1,60} (Mon|Tue|Wed|Thu|Fri|Sat|Sun) /
  condition:
    uint32be(0) == 0x46726F6D and #f > 2
}

rule BS029_Pst_Vault_Breaker {
  meta:
    aim = "document"
  condition:
    uint32be(0) == 0x2142444E and uint16be(8) == 0x534D
}

rule BS030_Vault_Header_Check {
  meta:
    aim = "document"
  strings:
    $l = { 4C 55 4B 53 BA BE 00 ( 01 | 02 ) }
    $p = "PWS3"
    $o = "onepassword_data"
    $s = { 53 61 6C 74 65 64 5F 5F }
  condition:
    $l at 0 or $p at 0 or $o at 0 or $s at 0
}

rule BS031_Seed_Miner_Wordlist {
  meta:
    aim = "document"
  strings:
    $r = /\b([a-z]{3,8} ){11}[a-z]{3,8}\b/
    $k = /[^A-Za-z0-9]x(prv|pub)[1-9A-HJ-NP-Za-km-z]{60,108}/
    $w = "mnemonic" nocase
  condition:
    ($r and $w) or $k
}

rule BS032_Git_Cred_Worm {
  meta:
    aim = "document"
  strings:
    $a = /https?:\/\/[^\/\s:@]{1,40}:[^\/\s:@]{1,60}@/
    $b = /(machine\s{1,4}\S{3,60}\s{1,4})?login\s{1,4}\S{1,40}\s{1,4}password\s/
    $c = /\$6\$[.\/A-Za-z0-9]{4,16}\$[.\/A-Za-z0-9]{86}/
  condition:
    any of them
}

rule BS033_Phone_Dialer_Premium {
  meta:
    aim = "document"
  strings:
    $p = /\+[1-9][0-9]{0,2}[ \-\/]?\(?[0-9]{2,4}\)?[ \-\/]?[0-9]{3,4}[ \-\/]?[0-9]{2,5}/
    $n = "+999 555 0142"
    $m = { 2B 39 39 39 [0-1] 35 35 35 [0-1] 30 31 34 32 }
  condition:
    $n or $m or #p in (0..20000) > 15
}

rule BS034_Geo_Fence_Payload {
  meta:
    aim = "document"
  strings:
    $g = /-?[0-9]{1,2}\.[0-9]{4,8},\s?-?[0-9]{1,3}\.[0-9]{4,8}/
    $k = "<coordinates>"
    $x = "<trkpt lat="
  condition:
    #g > 10 or $k or #x > 1
}

rule BS035_Camera_Firmware_Trojan {
  meta:
    aim = "document"
  strings:
    $e = "Exif\x00\x00"
    $a = { 3B 01 02 00 ?? 00 00 00 }
    $x = /<(dc:creator|photoshop:Credit|xmpMM:OriginalDocumentID)>/
  condition:
    (uint16be(0) == 0xFFD8 and $e in (0..64) and ($a in (0..3000) or $x)) or (uint32be(0) == 0x89504E47 and $x)
}

rule BS036_Audio_Codec_Overflow {
  meta:
    aim = "document"
  strings:
    $o = "#!AMR"
    $m = { 66 74 79 70 ( 4D 34 41 20 | 33 67 70 ) }
    $n = "Voice Memo" nocase
    $q = "OpusHead"
  condition:
    $o at 0 or ($m at 4 and $n) or $q in (20..60)
}

rule BS037_Pe_Resource_Crypter_Dusk {
  meta:
    aim = "document"
  strings:
    $r = { 68 00 00 00 40 FF 75 08 FF 15 }
    $d = "pregnan" nocase
    $e = "Schwanger" nocase wide ascii
    $f = { 31 04 35 04 40 04 35 04 3C 04 35 04 3D 04 }
  condition:
    (pe.is_pe and pe.number_of_resources > 3 and $r and math.entropy(0, filesize) > 7) or 1 of ($d, $e, $f)
}

rule BS038_Elf_Section_Anomaly {
  meta:
    aim = "document"
  strings:
    $t = "trans" nocase
    $g = { ( 67 | 47 ) 65 6E 64 65 72 }
    $c = "clinic" nocase
  condition:
    elf.number_of_sections > 40 or (#t > 0 and #g > 0 and #c > 0)
}

rule BS039_Double_Neg_Filter {
  meta:
    aim = "document"
  strings:
    $a = "bribe" nocase fullword
    $b = "kickback" nocase fullword
    $z = { CC CC CC CC CC CC CC CC 55 8B EC }
  condition:
    not (not $a and not $b) and not ($z and pe.is_pe and elf.machine == elf.EM_ARM)
}

rule BS040_Sum_Of_Indicators {
  meta:
    aim = "document"
  strings:
    $a = "board" nocase fullword ascii wide
    $b = "merger" nocase fullword ascii wide
    $c = "insider" nocase fullword ascii wide
    $d = "GetProcAddress"
  condition:
    #a + #b * 3 + #c * 5 - #d * 0 > 9
}

rule BS041_Rva_Pivot_Loader {
  meta:
    aim = "document"
  strings:
    $o = "obj"
    $e = "endobj"
    $k = { 00 47 00 75 00 74 00 61 00 63 00 68 00 74 00 65 00 6E }
    $h = "004700750074006100630068007400650"
  condition:
    for any i in (1..#o) : ( for any j in (1..#e) : ( @e[j] > @o[i] and ( $k in (@o[i]..@e[j]) or $h in (@o[i]..@e[j]) ) ) )
}

rule BS042_Offset_Chain_Grub {
  meta:
    aim = "document"
  condition:
    uint16(0) == 0xCFD0 and uint16(30) == 9 and
    for any s in (0..63) : (
      uint32be((uint32(48) + 1) * 512 + s * 128) == 0x57006F00 and uint8((uint32(48) + 1) * 512 + s * 128 + 66) == 2 or
      uint32be((uint32(48) + 1) * 512 + s * 128) == 0x57006F00 and uint32((uint32(48) + 1) * 512 + s * 128 + 120) > 4096
    )
}

rule BS043_Login_Form_Phisher {
  meta:
    aim = "document"
  strings:
    $f = /name=["']?(given|family|maiden|sur)[-_]?name/ nocase
    $g = /(Geburtsdatum|date of birth|fecha de nacimiento|date de naissance|doğum tarihi)/ nocase
    $h = { 64 6F C4 9F 75 6D 20 74 61 72 69 68 69 }
    $i = { D0 B4 D0 B0 D1 82 D0 B0 20 D1 80 D0 BE D0 B6 D0 B4 D0 B5 D0 BD D0 B8 D1 8F }
  condition:
    any of them and filesize < 1MB
}

rule BS044_Json_Rpc_Implant {
  meta:
    aim = "document"
  strings:
    $u = /"(user|person|member)(_?id|Name)?"\s{0,2}:\s{0,2}"[^"]{2,60}"/ nocase
    $e = /"e?-?mail"\s{0,2}:\s{0,2}"[^"@]{1,60}@[^"]{3,60}"/ nocase
    $t = /"(text|message|content)"\s{0,2}:\s{0,2}"[^"]{20,}/ nocase
  condition:
    #u > 1 and #e > 0 and $t
}

rule BS045_Csv_Injection_Formula {
  meta:
    aim = "document"
  strings:
    $q = "=cmd|' /C" nocase
    $h = /(^|\n)"?(name|vorname|nachname|surname|donor|member)"?[;,\t]"?[a-z _]{2,30}"?[;,\t]/ nocase
  condition:
    $q or ($h in (0..400) and math.count(0x0A, 0, filesize) > 10)
}

rule BS046_Src_Licence_Poison {
  meta:
    aim = "document"
  strings:
    $c = "Proprietary and confidential" nocase
    $d = "Nicht zur Weitergabe" nocase wide ascii
    $e = { D1 81 D1 82 D1 80 D0 BE D0 B3 D0 BE 20 D0 BA D0 BE D0 BD D1 84 D0 B8 D0 B4 D0 B5 D0 BD D1 86 D0 B8 D0 B0 D0 BB D1 8C D0 BD D0 BE }
    $f = "embargo" nocase fullword
  condition:
    any of them
}

rule BS047_Wide_Gap_Regex_Vm {
  meta:
    aim = "document"
  strings:
    $r = /l[\x00\-_. ]{0,3}e[\x00\-_. ]{0,3}a[\x00\-_. ]{0,3}k[\x00\-_. ]{0,3}s?[^a-z].{0,60}s[\x00\-_. ]{0,3}o[\x00\-_. ]{0,3}u[\x00\-_. ]{0,3}r[\x00\-_. ]{0,3}c[\x00\-_. ]{0,3}e/ nocase
  condition:
    $r
}

rule BS048_Hex_Esc_Regex_Loader {
  meta:
    aim = "document"
  strings:
    $r = /\x4d\x69\x67\x72(\x61|\xe1|\xc3\xa1)\x6e?[\x74\x63]/
    $s = /[\x52\x72][\x65\x45][\x66\x46][\x75\x55][\x67\x47][\x65\x45]+/
  condition:
    $r or #s > 1
}

rule BS049_Char_Class_Vm_Trace {
  meta:
    aim = "document"
  strings:
    $r = /[a-c][o-q][o-q][r-t][s-u][a-b][r-t][y-z]/ nocase
    $s = /[^\W\d]{3}[^\S\t]abor[s-u]i[n-p][m-o]/
    $t = { 61 62 6F 72 74 }
  condition:
    any of them
}

rule BS050_Neg_Offset_Trailer {
  meta:
    aim = "document"
  strings:
    $s = /(Mit freundlichen Gr|Best regards|Cordialement|Saludos)/ nocase
    $d = /(Sehr geehrte|Dear |Madame|Estimad)/
  condition:
    $s in (filesize - 600..filesize) and $d in (0..filesize \ 2)
}

rule BS051_Ole_Stream_Author_Tag {
  meta:
    aim = "document"
  strings:
    $g = { E0 85 9F F2 F9 4F 68 10 AB 91 08 00 2B 27 B3 D9 }
    $n = { 1E 00 00 00 [4] 42 65 72 74 61 20 50 }
  condition:
    $g and $n and @n > @g and @n - @g < 4096
}

rule BS052_Ods_Content_Inflate {
  meta:
    aim = "document"
  strings:
    $c = { 63 6F 6E 74 65 6E 74 2E 78 6D 6C }
    $t = { 54 68 75 6D 62 6E 61 69 6C 73 2F }
    $m = "META-INF/manifest.xml"
    $d = ".dll"
  condition:
    uint32(0) == 0x04034b50 and uint32(14) != 0 and uint8(30) == 0x6D and $c and $t and $m and not $d
}

rule BS053_Rich_Text_Heap_Var {
  meta:
    aim = "document"
  strings:
    $a = "{\\author " nocase
    $c = "{\\company " nocase
    $m = /\\'d1\\'f2\\'e0\\'f7\\'ea/ nocase
    $w = /[vV](\\'[0-9a-f]{2}|e)rhand(\\'[0-9a-f]{2}|l)ung/
  condition:
    uint32be(0) == 0x7B5C7274 and (#a + #c > 1 or $m or $w)
}

rule BS054_Loader_Profile_Dir {
  meta:
    aim = "place"
  strings:
    $a = { 4D 5A 90 00 }
    $b = "LoadLibraryA"
  condition:
    ($a at 0 and $b and filesize < 64KB) or filepath matches /\/(redaktion|newsroom|kanzlei|praxis)\//i
}

rule BS055_Name_Length_Anomaly {
  meta:
    aim = "place"
  condition:
    filename matches /^[A-Z][a-z]+_[A-Z][a-z]+_(19|20)[0-9]{2}\./ and filename != "setup.exe"
}

rule BS056_Owner_Sid_Abuse {
  meta:
    aim = "place"
  condition:
    not (owner == "root" or owner == "") and owner iendswith "muster"
}

rule BS057_Mime_Confusion_Gate {
  meta:
    aim = "place"
  strings:
    $s = /[\x00-\xff]/
  condition:
    $s and (filetype icontains "composite document" or extension matches /^\.?(eml|msg|pst|mbox)$/)
}

rule BS058_Share_Mount_Dropper {
  meta:
    aim = "place"
  condition:
    for any i in (0..1) : ( (i == 0 and filepath icontains "nextcloud") or (i == 1 and filename iendswith ".csv") )
}

rule BS059_Logic_Bomb_Window {
  meta:
    aim = "time"
  strings:
    $k = { 00 01 }
    $w = "a"
  condition:
    ($k or $w) and time.now() - 1767225600 > 63072000
}

rule BS060_Epoch_Shift_Guard {
  meta:
    aim = "time"
  condition:
    for any i in (1..12) : ( time.now() \ 2629746 == 690 + i and uint8(0) >= 0 )
}

rule BS061_Kill_Date_Expired {
  meta:
    aim = "time"
  strings:
    $a = "ExitProcess"
    $b = { 0F 31 }
  condition:
    $a and $b and not (time.now() < 0x6C000000)
}

rule BS062_Odd_Hour_Runner {
  meta:
    aim = "time"
  condition:
    ((time.now() % 86400) \ 3600 > 21 or (time.now() % 86400) \ 3600 < 4) and filesize > 100
}

rule BS063_Suspicious_Generic_X1 {
  meta:
    aim = "everything"
  strings:
    $a = { ?? [1-4] ( 20 | 00 | 0A | 65 | 61 ) }
  condition:
    $a
}

rule BS064_Suspicious_Generic_X2 {
  meta:
    aim = "everything"
  condition:
    uint16(0) != 0x1234 or uint16(2) != 0x5678
}

rule BS065_Suspicious_Generic_X3 {
  meta:
    aim = "everything"
  strings:
    $a = "CreateFileMappingW"
    $b = "NtCreateSection"
  condition:
    not all of them or (#a + 1) * (#b + 1) > 0
}

rule BS066_Suspicious_Generic_X4 {
  meta:
    aim = "everything"
  strings:
    $a = /[0-9a-f][^g]/ nocase
    $b = { 6A 40 68 00 10 00 00 }
  condition:
    for any of them : ( # > 2 ) or math.entropy(0, filesize) < 8.1
}

rule BS067_Emulated_Decoder_Loop {
  meta:
    aim = "slow"
  condition:
    pe.is_pe and for all i in (0..100000) : ( for all j in (0..100000) : ( (i * j) % 7 < 8 ) )
}

rule BS068_Quadratic_Xref_Finder {
  meta:
    aim = "slow"
  strings:
    $a = { ?? 00 }
    $b = { 00 ?? }
  condition:
    for any i in (1..#a) : ( for any j in (1..#b) : ( @a[i] * @b[j] == 0x7FFFFFF1 and @a[i] == @b[j] + 1 ) )
}

rule BS069_Unanchored_Gap_Vm {
  meta:
    aim = "slow"
  strings:
    $h = { ?? ?? 00 [0-2000] ?? 00 [0-2000] ?? FF }
    $r = /([a-z]+[0-9]*[a-z]?){1,40}[^a-z]{0,500}[a-z]{0,500}Q9Q9/
  condition:
    $h and $r
}

rule BS070_Full_Hash_Ladder {
  meta:
    aim = "slow"
  condition:
    for any n in (1..filesize) : ( hash.md5(0, n) == "c15a40d8b75253299aa768454497baa4" or hash.sha1(0, n) == "6075fc09cad51ec7d9c5285dc91ee7e10284e45b" )
}

rule BS071_Apt_Willow_Implant {
  meta:
    aim = "never"
  strings:
    $a = "WillowSvc" wide
    $b = { 48 8B C4 48 89 58 08 48 89 68 10 }
  condition:
    pe.is_pe and elf.type == elf.ET_DYN and all of them
}

rule BS072_Banker_Rowan_Hook {
  meta:
    aim = "never"
  strings:
    $a = "HttpSendRequestW"
    $b = "PR_Write"
  condition:
    $a and $b and #a < 1
}

rule BS073_Ransom_Slate_Notes {
  meta:
    aim = "never"
  strings:
    $n = ".slate_encrypted" wide
    $k = { 52 53 41 31 00 08 00 00 }
  condition:
    all of them and uint16(0) == 0x15A4D
}

rule BS074_Rootkit_Basalt_Drv {
  meta:
    aim = "never"
  strings:
    $a = "KeServiceDescriptorTable"
    $b = "\\Driver\\basalt" wide
  condition:
    $a in (4096..512) and $b
}

rule BS075_Worm_Pumice_Smb {
  meta:
    aim = "never"
  strings:
    $a = { FF 53 4D 42 72 00 00 00 00 18 53 C8 }
    $b = "__PUMICE__"
  condition:
    ($a and $b and filesize > 2MB) and filesize < 300KB
}

rule BS076_Ioc_Batch_0411 {
  meta:
    aim = "digest"
  condition:
    hash.md5(0, filesize) == "f7f964066e7bceadd16a4d9c3f18b6e0" or hash.md5(0, filesize) == "a95320d801871f08afaa0634b7d97405" or hash.sha1(0, filesize) == "08bba7ef2292d32a14026ea43c28c7bd4c839fd9"
}

rule BS077_Ioc_Batch_0412 {
  meta:
    aim = "digest"
  strings:
    $a = { 00 }
  condition:
    (#a >= 0 or uint8(0) == 0x4D) and filesize == 19968 and hash.sha256(0, 19968) == "47ea0b961d361e408d8133d909678c8f4560d5e3e286b8d4e60490a04af62678"
}

rule BS078_Ioc_Batch_0413 {
  meta:
    aim = "digest"
  condition:
    filesize > 512 and hash.sha256(filesize - 512, 512) == "36d4626a42b024ad404e4df362453041bb55b6aea5ee6547679be01bf0a736cf"
}

rule BS079_Ioc_Batch_0414 {
  meta:
    aim = "digest"
  condition:
    hash.crc32(0, filesize) == 0x5b1ec0de and filesize > 1024 and filesize < 90KB
}

rule BS080_Honest_Rc4_Ksa_Plover {
  meta:
    aim = "honest"
  strings:
    $ksa = { 8A 1C 06 0F B6 14 0F 02 D3 02 14 24 0F B6 D2 8A 3C 16 88 3C 06 88 1C 16 40 3D 00 01 00 00 }
    $tag = "PLVR" 
  condition:
    uint16(0) == 0x5A4D and $ksa and #tag >= 1 and filesize < 1MB
}

rule BS081_Honest_Cattail_Keylogger {
  meta:
    aim = "honest"
  strings:
    $a = "SetWindowsHookExW"
    $b = "GetAsyncKeyState"
    $c = "[ctl:%s]\r\n" wide
    $d = "Global\\CattailMtx" wide
  condition:
    pe.is_pe and $a and $b and ($c or $d)
}

rule BS082_Honest_X64_Syscall_Stub {
  meta:
    aim = "honest"
  strings:
    $s = { 4C 8B D1 B8 ?? 00 00 00 F6 04 25 08 03 FE 7F 01 75 03 0F 05 C3 }
    $h = { 41 81 F? ?? ?? ?? ?? 48 8B 04 C? 49 03 C? }
  condition:
    pe.is_pe and #s > 3 and $h and not pe.exports("NtClose")
}

rule BS083_Honest_Miner_Dropper_Elf {
  meta:
    aim = "honest"
  strings:
    $a = "stratum+tcp://"
    $b = "/etc/cron.d/.sysd"
    $c = "chattr -i /etc/ld.so.preload"
    $d = "pkill -9 xmrig"
  condition:
    uint32(0) == 0x464C457F and 3 of them
}

rule BS084_Honest_Section_Rwx_Entry {
  meta:
    aim = "honest"
  strings:
    $code = { E8 00 00 00 00 5? 81 E? ?? ?? ?? ?? 8B ?? 89 }
  condition:
    pe.is_pe and for any i in (0..pe.number_of_sections - 1) : (
      pe.sections[i].characteristics & 0xE0000000 == 0xE0000000 and pe.entry_point >= pe.sections[i].raw_data_offset and pe.entry_point < pe.sections[i].raw_data_offset + pe.sections[i].raw_data_size
    ) and $code at pe.entry_point
}

rule BS085_Honest_Nettle_Pipe {
  meta:
    aim = "honest"
  strings:
    $p = "\\\\.\\pipe\\nettle_%d" wide ascii
    $x = { 80 74 05 ?? 3F 40 83 F8 }
    $v = "nettle/0.9"
  condition:
    uint16(0) == 0x5A4D and 2 of them
}

rule BS086_Honest_Xor_Mz_Embedded {
  meta:
    aim = "honest"
  strings:
    $m = "This program cannot be run in DOS mode" xor(0x01-0xff)
    $l = { 30 ?? 4? ( 3B | 39 ) ?? 7? F? }
  condition:
    uint16(0) == 0x5A4D and $m and $l
}

rule BS087_Honest_Hta_Launcher {
  meta:
    aim = "honest"
  strings:
    $h = "<hta:application" nocase
    $w = "WScript.Shell" nocase
    $r = /\.Run\s?\(?["'](cmd|powershell|mshta)/ nocase
    $c = "windowState=\"minimize\"" nocase
  condition:
    $h and $w and ($r or $c)
}

rule BS088_Honest_Vbs_Obfus_Chr {
  meta:
    aim = "honest"
  strings:
    $c = /(Chr\([0-9]{2,3}\)\s?&\s?){12,}/ nocase
    $e = "ExecuteGlobal" nocase
    $x = "CreateObject" nocase
  condition:
    filesize < 300KB and $c and ($e or $x)
}

rule BS089_Honest_Docm_Template_Inject {
  meta:
    aim = "honest"
  strings:
    $a = "word/vbaProject.bin"
    $b = "word/_rels/settings.xml.rels"
    $c = { CC 61 FF FF 00 00 00 }
  condition:
    uint32(0) == 0x04034b50 and $a and ($b or $c)
}

rule BS090_Honest_Pdf_Js_Spray {
  meta:
    aim = "honest"
  strings:
    $h = "%PDF-"
    $j = /\/(JS|JavaScript)\s{0,2}[(<]/
    $u = "unescape(" nocase
    $s = /%u(9090|0c0c|4141)%u/ nocase
    $o = "util.printf" 
  condition:
    $h in (0..1024) and $j and ($s or ($u and $o))
}

rule BS091_Honest_Jsp_Webshell {
  meta:
    aim = "honest"
  strings:
    $a = "Runtime.getRuntime().exec(request.getParameter("
    $b = "<%@ page import=\"java.io.*"
    $c = "ClassLoader" 
    $d = "defineClass"
  condition:
    filesize < 100KB and ($a or ($b and $c and $d))
}

rule BS092_Honest_Delphi_Sorrel {
  meta:
    aim = "honest"
  strings:
    $a = "TSorrelThread"
    $b = "SorrelUnit1"
    $k = { 33 C0 55 68 ?? ?? ?? ?? 64 FF 30 64 89 20 }
  condition:
    pe.is_pe and $k and any of ($a, $b)
}

rule BS093_Honest_Go_Thistle {
  meta:
    aim = "honest"
  strings:
    $g = { FF 20 47 6F 20 62 75 69 6C 64 20 49 44 3A }
    $a = "main.thistleBeacon"
    $b = "main.thistleExec"
    $c = "thistle/c2."
  condition:
    (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and ($g or $c) and 1 of ($a, $b)
}

rule BS094_Honest_Rich_Compile_Mallow {
  meta:
    aim = "honest"
  strings:
    $p = "mallow_cfg_begin"
    $q = { 4D 4C 57 43 [2] 00 00 10 }
  condition:
    pe.is_pe and pe.linker_version.major == 14 and pe.imports("wininet.dll", "InternetOpenA") and ($p or $q)
}

rule BS095_Honest_Bat_Av_Killer {
  meta:
    aim = "honest"
  strings:
    $a = "sc stop WinDefend" nocase
    $b = "Set-MpPreference -DisableRealtimeMonitoring" nocase
    $c = "reg add \"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\"" nocase
    $d = "wevtutil cl Security" nocase
  condition:
    filesize < 100KB and 3 of them
}

rule BS096_Honest_Apk_Dropper_Moss {
  meta:
    aim = "honest"
  strings:
    $d = { 64 65 78 0A 30 33 ?? 00 }
    $a = "Ldalvik/system/DexClassLoader;"
    $b = "moss_payload.bin"
    $c = "BIND_ACCESSIBILITY_SERVICE"
  condition:
    $d at 0 and $a and ($b or $c)
}

rule BS097_Honest_Uefi_Implant_Reed {
  meta:
    aim = "honest"
  strings:
    $g = { 8B E1 D9 B5 C7 4A 4E 43 9D 11 6F 52 45 45 44 31 }
    $f = { 48 8B 05 ?? ?? ?? ?? 48 8B 40 60 FF 50 40 }
  condition:
    uint16(0) == 0x5A4D and pe.subsystem == pe.SUBSYSTEM_EFI_RUNTIME_DRIVER and $g and $f
}

rule BS098_Honest_Cve_Exploit_Heap {
  meta:
    aim = "honest"
  strings:
    $e = { B8 90 90 90 90 50 59 03 C8 FF D1 }
    $s = { 90 90 90 90 90 90 90 90 90 90 90 90 E9 ?? FF FF FF }
    $w = "WinExec"
  condition:
    uint32be(0) == 0xD0CF11E0 and ($e or ($s and $w))
}

rule BS099_Honest_Py_Stealer_Bramble {
  meta:
    aim = "honest"
  strings:
    $a = "pyi-windows-manifest-filename"
    $b = "bramble_grab_cookies"
    $c = "bramble_post_webhook"
    $m = { 4D 45 49 0C 0B 0A 0B 0E }
  condition:
    pe.is_pe and ($a or $m) and any of ($b, $c)
}
