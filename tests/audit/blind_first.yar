/* SPDX-License-Identifier: Apache-2.0 */
/* Blind set, written by somebody who had not read the audit. Names, people and places are invented. */

import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "dotnet"
import "console"

rule BF001_Loader_Orion_Stage1 {
  meta:
    aim = "document"
  strings:
    $a = /VS\W{1,3}N(UR|fD)\W/ ascii wide nocase
    $b = { 44 00 49 00 45 00 4E 00 53 00 54 00 47 00 45 00 42 00 52 00 41 00 55 00 43 00 48 00 }
    $c = { 66 FC 72 20 64 65 6E 20 44 69 65 6E 73 74 }
  condition:
    $a and ($b or $c)
}

rule BF002_Win_Dropper_Kestrel {
  meta:
    aim = "document"
  strings:
    $code = { 55 8B EC 83 EC 10 8B 45 08 33 C9 F7 F1 89 55 FC C9 C2 04 00 }
    $api = "VirtualAllocEx"
    $x = { 50 00 65 00 72 00 73 00 6F 00 6E 00 61 00 6C 00 61 00 75 00 73 00 77 00 [0-8] 65 00 69 00 73 }
  condition:
    (uint16(0) == 0x5A4D and $code and $api) or $x
}

rule BF003_Xor_Config_Blob {
  meta:
    aim = "document"
  strings:
    $cfg = "minutes of the strike committee" xor(0x00-0xff)
  condition:
    $cfg
}

rule BF004_Base64_Stager_Mail {
  meta:
    aim = "document"
  strings:
    $b1 = "union membership" base64 base64wide
    $b2 = "collective bargaining" base64
    $h = "Content-Transfer-Encoding: base64" nocase
  condition:
    $h and any of ($b*)
}

rule BF005_Pdf_Exploit_Metadata {
  meta:
    aim = "document"
  strings:
    $t = { 2F 54 69 74 6C 65 [0-2] 28 FE FF [0-120] 00 56 00 65 00 72 00 74 00 72 00 61 00 75 00 6C 00 69 00 63 00 68 }
    $u = { 2F 54 69 74 6C 65 [0-2] 3C ( 46 | 66 ) ( 45 | 65 ) ( 46 | 66 ) ( 46 | 66 ) 30 30 35 36 30 30 36 35 30 30 37 32 }
  condition:
    uint32be(0) == 0x25504446 and ($t or $u)
}

rule BF006_Shellcode_Hash_Walker {
  meta:
    aim = "document"
  condition:
    filesize < 64KB and
    for any i in (0..filesize - 8) : (
      (uint32be(i) | 0x20202020) == 0x70617373 and (uint32be(i + 4) | 0x20202020) == 0x706f7274
    )
}

rule BF007_Ooxml_Macro_Bypass {
  meta:
    aim = "document"
  strings:
    $w = "word/document.xml"
    $v = "vbaProject.bin"
    $k = { 64 6F 63 50 72 6F 70 73 2F 63 6F 72 65 2E 78 6D 6C [0-400] 4D 75 73 74 65 72 }
  condition:
    uint32(0) == 0x04034b50 and $w and not $v and $k
}

rule BF008_Rtf_Equation_Variant_C {
  meta:
    aim = "document"
  strings:
    $e = "objdata"
    $m1 = "\\'f1\\'e5\\'ea\\'f0\\'e5\\'f2\\'ed\\'ee" nocase
    $m2 = "\\'e4\\'eb\\'ff\\'20\\'f1\\'eb\\'f3\\'e6\\'e5\\'e1\\'ed\\'ee\\'e3\\'ee" nocase
    $m3 = "\\u1089?\\u1077?\\u1082?\\u1088?\\u1077?\\u1090?\\u1085?\\u1086?"
  condition:
    uint32be(0) == 0x7B5C7274 and (#e > 400 or any of ($m*))
}

rule BF009_Phish_Relay_Mail {
  meta:
    aim = "document"
  strings:
    $f = /From:[^\r\n]{0,80}@redaktion\.example\.org/ nocase
    $s = /Subject: =\?utf-8\?B\?[A-Za-z0-9+\/=]{8,200}\?=/ nocase
    $r = "Received: from"
  condition:
    $r in (0..2048) and $f and $s
}

rule BF010_Banker_Account_Grabber {
  meta:
    aim = "document"
  strings:
    $i = /\b[A-Z]{2}[0-9]{2}( ?[0-9A-Z]{4}){3,6}( ?[0-9A-Z]{1,3})?\b/
    $n = /[^0-9][0-9]{3}-[0-9]{2}-[0-9]{4}[^0-9]/
  condition:
    not pe.is_pe and (#i > 5 or #n > 12)
}

rule BF011_Ssh_Worm_Artifact {
  meta:
    aim = "document"
  strings:
    $a = { 2D 2D 2D 2D 2D 42 45 47 49 4E 20 [3-12] 50 52 49 56 41 54 45 20 4B 45 59 2D 2D 2D 2D 2D }
    $b = "b3BlbnNzaC1rZXktdjEA"
    $c = "PuTTY-User-Key-File-"
  condition:
    1 of them
}

rule BF012_Packed_Blob_9AA2D903 {
  meta:
    aim = "document"
  condition:
    uint32(0) == 0x9AA2D903 and (uint32(4) & 0xFFFFFFF0) == 0xB54BFB60
}

rule BF013_Coin_Miner_Config {
  meta:
    aim = "document"
  strings:
    $bdb = { 00 00 00 00 01 00 00 00 00 00 00 00 62 31 05 00 }
    $a = "defaultkey"
    $b = /(^|[^a-zA-Z0-9])(bc1[a-z0-9]{38,58}|[13][a-km-zA-HJ-NP-Z1-9]{25,34})([^a-zA-Z0-9]|$)/
  condition:
    ($bdb at 0 and $a) or #b > 3
}

rule BF014_Md5_Window_Signature {
  meta:
    aim = "document"
  condition:
    filesize < 8KB and for any i in (0..filesize - 11) : (
      uint8(i) == 0x6A and hash.md5(i, 10) == "82ad21b5762c06c3eb611a807982ab76"
    )
}

rule BF015_Crc_Section_Probe {
  meta:
    aim = "document"
  condition:
    for any o in (0x200, 0x240, 0x280, 0x400, 0xA00, 0x1A00) : (
      hash.crc32(o, 12) == 0x52bde2d6
    )
}

rule BF016_Split_Import_Names {
  meta:
    aim = "document"
  strings:
    $p1 = "whis" nocase
    $p2 = "tleb" nocase
    $p3 = "lower" nocase
  condition:
    for any i in (1..#p1) : ( $p2 at @p1[i] + 4 and $p3 at @p1[i] + 8 )
}

rule BF017_Arab_Rat_Strings {
  meta:
    aim = "document"
  strings:
    $a = { D8 B3 D8 B1 D9 8A 20 D9 84 D9 84 D8 BA D8 A7 D9 8A D8 A9 }
    $b = { D3 D1 ED 20 E1 E1 DB C7 ED C9 }
    $c = { 33 06 31 06 4A 06 20 00 44 06 44 06 3A 06 27 06 4A 06 29 06 }
  condition:
    any of them
}

rule BF018_Panda_Backdoor_Table {
  meta:
    aim = "document"
  strings:
    $g = { BE D9 B1 A8 [0-40] ( C1 EC B5 BC | B9 D9 D4 B1 ) }
    $u = { E4 B8 BE E6 8A A5 [0-40] ( E9 A2 86 E5 AF BC | E5 AE 98 E5 91 98 ) }
    $w = { F7 8B 3F 61 }
  condition:
    filesize < 5MB and ($g or $u or #w >= 2)
}

rule BF019_Koi_Bootkit_Sector {
  meta:
    aim = "document"
  strings:
    $k1 = { D0 D2 CF D4 CF CB CF CC 20 D3 CF C2 D2 C1 CE C9 D1 }
    $k2 = { AF E0 AE E2 AE AA AE AB 20 E1 AE A1 E0 A0 AD A8 EF }
    $k3 = { EF F0 EE F2 EE EA EE EB 20 F1 EE E1 F0 E0 ED E8 FF }
    $b = { FA 33 C0 8E D0 BC 00 7C }
  condition:
    ($b at 0 and uint16(510) == 0xAA55) or 1 of ($k*)
}

rule BF020_Mainframe_Implant {
  meta:
    aim = "document"
  strings:
    $e = { E2 C1 D3 C1 D9 E8 [0-20] C5 D4 D7 D3 D6 E8 C5 C5 }
    $f = { C2 C5 D5 C5 C6 C9 C3 C9 C1 D9 E8 }
  condition:
    any of them
}

rule BF021_Jpeg_Stego_Payload {
  meta:
    aim = "document"
  strings:
    $gps = { 25 88 04 00 01 00 00 00 }
    $gps2 = { 88 25 00 04 00 00 00 01 }
    $ser = { ( 31 A4 | A4 31 ) ( 02 00 | 00 02 ) }
  condition:
    uint16be(0) == 0xFFD8 and ($gps in (0..4096) or $gps2 in (0..4096)) and $ser
}

rule BF022_Sqlite_C2_Queue {
  meta:
    aim = "document"
  strings:
    $t = /CREATE TABLE (IF NOT EXISTS )?"?(message|messages|sms|chat_list|recipient|thread)"? ?\(/ nocase
    $b = /(body|text|content)_?[a-z]{0,10} TEXT/ nocase
  condition:
    uint32be(0) == 0x53514c69 and uint32be(4) == 0x74652066 and $t and $b
}

rule BF023_Ole_Heap_Spray {
  meta:
    aim = "document"
  strings:
    $s = { 5F 00 5F 00 73 00 75 00 62 00 73 00 74 00 67 00 31 00 2E 00 30 00 5F 00 30 00 30 00 33 00 37 00 30 00 30 00 31 00 46 00 }
    $p = { 5F 00 5F 00 72 00 65 00 63 00 69 00 70 00 5F 00 76 00 65 00 72 00 73 00 69 00 6F 00 6E 00 31 00 2E 00 30 00 }
    $n = { 42 00 65 00 74 00 72 00 69 00 65 00 62 00 73 00 72 00 61 00 74 00 }
    $spray = { 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C }
  condition:
    uint32be(0) == 0xD0CF11E0 and ((#spray > 1000) or ($s and $p and $n))
}

rule BF024_Entropy_Gate_Lowbits {
  meta:
    aim = "document"
  condition:
    filesize > 300 and filesize < 200KB and
    math.entropy(0, filesize) > 3.9 and math.entropy(0, filesize) < 4.7 and
    math.in_range(math.mean(0, filesize), 80.0, 100.0) and
    for any i in (0..filesize - 6) : (
      uint8(i) == 0x53 and uint8(i + 1) == 0x65 and uint8(i + 2) == 0x63 and uint8(i + 3) - uint8(i + 4) == 13 and uint8(i + 5) == 0x74
    )
}

rule BF025_Decrypt_Loop_Verify {
  meta:
    aim = "document"
  condition:
    for any i in (16..4096) : (
      (uint32be(i) ^ 0x5A5A5A5A) == 0x363F3B31 or
      ((uint8(i) ^ 0x21) == 0x51 and (uint8(i + 1) ^ 0x21) == 0x53 and (uint8(i + 2) ^ 0x21) == 0x44 and (uint8(i + 3) ^ 0x21) == 0x52 and (uint8(i + 4) ^ 0x21) == 0x52)
    )
}

private rule BF026_Container_Type_A {
  meta:
    aim = "document"
  strings:
    $m = "mimetypeapplication/vnd.oasis.opendocument"
  condition:
    uint32(0) == 0x04034b50 and $m at 30
}

private rule BF027_Lexicon_Type_B {
  meta:
    aim = "document"
  strings:
    $a = /\b(church|mosque|synagogue|temple|parish|imam|rabbi|pastor)\b/ nocase ascii wide
    $b = /\b(baptis|confess|ramadan|kashrut|sabbath)/ nocase ascii wide
  condition:
    #a > 3 or #b > 2
}

rule BF028_Combo_Campaign_Lynx {
  meta:
    aim = "document"
  condition:
    BF026_Container_Type_A or (BF027_Lexicon_Type_B and filesize < 2MB)
}

rule BF029_Icd_Stealer_Codes {
  meta:
    aim = "document"
  strings:
    $c = /[^A-Z0-9][FBCO][0-9]{2}\.[0-9]{1,2}[^0-9]/
    $d = { ( 44 | 64 ) 69 61 67 6E 6F ( 73 | 7A ) }
  condition:
    #c >= 3 and $d
}

rule BF030_Nibble_Opcode_Chain {
  meta:
    aim = "document"
  strings:
    $n = { 4D ?1 ?E ?9 ?6 ?5 ?3 74 }
    $m = { ( 4D | 6D ) ( 41 | 61 ) ( 4E | 6E ) ( 49 | 69 ) ( 46 | 66 ) ( 45 | 65 ) ( 53 | 73 ) ( 54 | 74 ) ( 4F | 6F ) }
  condition:
    $n or $m
}

rule BF031_Hex_Gate_Alternatives {
  meta:
    aim = "document"
  strings:
    $o = { ( 41 | 61 ) [0-1] ( 73 | 53 ) [0-1] ( 79 | 59 ) [0-1] ( 6C | 4C ) [0-1] ( 75 | 55 ) [0-1] ( 6D | 4D ) [1-3] ( 61 | 41 ) [0-1] ( 70 | 50 ) [0-1] ( 70 | 50 ) }
  condition:
    $o
}

rule BF032_Vcal_Exfil_Format {
  meta:
    aim = "document"
  strings:
    $v = "BEGIN:VCALENDAR"
    $l = /LOCATION[^\r\n]{0,60}(court|clinic|embassy|lawyer)/ nocase
    $a = /ATTENDEE[^\r\n]{0,120}mailto:[^\r\n]{3,60}@/ nocase
  condition:
    $v at 0 and ($l or #a > 4)
}

rule BF033_Chat_Bot_Protocol {
  meta:
    aim = "document"
  strings:
    $l = /\n\[?[0-9]{1,2}[.\/][0-9]{1,2}[.\/][0-9]{2,4}, [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\]?( -)? [^:\r\n]{2,40}: /
  condition:
    #l > 20
}

rule BF034_Dotnet_Crypter_Anvil {
  meta:
    aim = "document"
  strings:
    $j = "\\u043f\\u0440\\u043e\\u0442\\u0435\\u0441\\u0442" nocase
    $q = "=D0=BF=D1=80=D0=BE=D1=82=D0=B5=D1=81=D1=82" nocase
    $e = "&#1087;&#1088;&#1086;&#1090;&#1077;&#1089;&#1090;"
    $p = "%D0%BF%D1%80%D0%BE%D1%82%D0%B5%D1%81%D1%82" nocase
  condition:
    (dotnet.number_of_streams == 5 and pe.number_of_sections == 3 and math.entropy(0, filesize) > 7.2) or any of them
}

rule BF035_Elf_Bot_Mirage {
  meta:
    aim = "document"
  strings:
    $s1 = "/proc/net/route"
    $s2 = "watchdog"
    $d = "Angela Muster" ascii wide nocase
    $d2 = { 4D 75 73 74 65 72 2C 20 41 6E 67 65 6C 61 }
  condition:
    (elf.type == elf.ET_EXEC and all of ($s*)) or $d or $d2
}

rule BF036_Mrz_Kernel_Patch {
  meta:
    aim = "document"
  strings:
    $m = /P[<A-Z][A-Z<]{3}[A-Z]{2,20}<<[A-Z<]{5,30}/
    $i = /I[D<][A-Z<]{3}[A-Z0-9<]{9}[0-9<]/
  condition:
    any of them
}

rule BF037_Cloud_Token_Hook {
  meta:
    aim = "document"
  strings:
    $j = /eyJ[A-Za-z0-9_-]{10,60}\.eyJ[A-Za-z0-9_-]{10,200}\./
    $k = /(api|secret)[_-]?key["' ]{0,3}[:=]["' ]{0,3}[A-Za-z0-9\/+]{24,64}/ nocase
    $h = /password\s{0,3}[:=]\s{0,3}\S{6,30}/ nocase wide ascii
  condition:
    any of them
}

rule BF038_Ptr_Chase_Struct {
  meta:
    aim = "document"
  strings:
    $h = { 50 4B 01 02 }
  condition:
    for any i in (1..#h) : (
      uint16(@h[i] + 28) > 4 and uint32be(@h[i] + 46) == 0x776f7264 and uint8(@h[i] + 50) == 0x2F
    ) and for any i in (1..#h) : ( uint32be(@h[i] + 46) == 0x646f6350 and uint32(@h[i] + 24) > 600 )
}

rule BF039_Decoy_Unbound_Api {
  meta:
    aim = "document"
  strings:
    $a1 = "WriteProcessMemory"
    $a2 = "CreateRemoteThread"
    $a3 = { E8 00 00 00 00 5D 81 ED }
    $k = "Aufenthaltserlaubnis" ascii wide nocase
  condition:
    #a1 >= 0 and #a2 >= 0 and (@a3 > 0 or not $a3) and $k
}

rule BF040_Pgp_Ransom_Note {
  meta:
    aim = "document"
  strings:
    $a = "-----BEGIN PGP MESSAGE-----"
    $b = { 85 02 0C 03 }
    $c = { 84 5E 03 [8] 12 01 07 40 }
  condition:
    $a in (0..4096) or $b at 0 or $c at 0
}

rule BF041_Sum_Check_Trampoline {
  meta:
    aim = "document"
  condition:
    filesize < 20KB and for any i in (0..filesize - 7) : (
      uint8(i) + uint8(i + 1) + uint8(i + 2) + uint8(i + 3) + uint8(i + 4) + uint8(i + 5) == 667 and
      uint8(i) * uint8(i + 5) == 10573 and uint16be(i + 2) == 0x796c
    )
}

rule BF042_Ngo_Worm_Greek {
  meta:
    aim = "document"
  strings:
    $g1 = { E1 F0 FC F1 F1 E7 F4 EF }
    $g2 = { CE B1 CF 80 CF 8C CF 81 CF 81 CE B7 CF 84 CE BF }
    $h1 = { F1 E5 E3 E9 20 E1 E9 E5 FA F8 }
    $h2 = { D7 A1 D7 95 D7 93 D7 99 20 D7 91 D7 99 D7 95 D7 AA D7 A8 }
    $j1 = { 8E D0 8A 4F 94 E9 }
    $j2 = { BC D2 B3 B0 C8 EB }
    $j3 = { E7 A4 BE E5 A4 96 E7 A7 98 }
    $t = { 67 69 7A 6C 69 64 69 72 }
  condition:
    filesize < 20MB and 1 of them
}

rule BF043_Ftp_Sniper_Config {
  meta:
    aim = "document"
  strings:
    $v = "BEGIN:VCARD"
    $t = /TEL[^\r\n:]{0,40}:\+?[0-9 ()-]{7,20}/
  condition:
    for any i in (1..#v) : ( for any k in (1..#t) : ( @t[k] > @v[i] and @t[k] - @v[i] < 400 ) )
}

rule BF044_Spambot_Address_Harvest {
  meta:
    aim = "document"
  condition:
    not defined pe.entry_point and math.count(0x40, 0, filesize) > 60 and math.percentage(0x2C, 0, filesize) > 0.01
}

rule BF045_Debug_Trace_Unpacker {
  meta:
    aim = "document"
  strings:
    $k = { 47 ?? 65 ?? 77 ?? 65 ?? 72 ?? 6B ?? 73 ?? 63 ?? 68 ?? 61 ?? 66 ?? 74 }
  condition:
    console.log("stub") and $k and console.hex("at ", @k)
}

rule BF046_Custom_Alphabet_Rat {
  meta:
    aim = "document"
  strings:
    $c = "list of participants" base64("ZYXABCDEFGHIJKLMNOPQRSTUVWzyxabcdefghijklmnopqrstuvw0123456789+/")
    $d = "list of participants" base64 base64wide
    $e = "list of participants" wide ascii nocase private
  condition:
    any of them
}

rule BF047_Hash_Anchor_Injector {
  meta:
    aim = "document"
  strings:
    $a = { 44 65 61 72 20 }
  condition:
    for any i in (1..#a) : ( hash.md5(@a[i] + 5, 10) == "148d76a9a4b9daa53b53449209d8a85b" or hash.sha1(@a[i] + 5, 13) == "cf7fdde06cfda7e3045329f748a488da6291f729" )
}

rule BF048_Tdf_Trojan_Magic {
  meta:
    aim = "document"
  strings:
    $a = { 54 44 46 24 }
    $b = "moz_places"
    $c = "logins.json"
    $d = "encryptedUsername"
  condition:
    $a at 0 or ($b and uint32be(0) == 0x53514C69) or all of ($c, $d)
}

rule BF049_Quarter_Of_Many {
  meta:
    aim = "document"
  strings:
    $s1 = "UPX!" 
    $s2 = ".aspack"
    $s3 = "PEC2"
    $s4 = "referendum" nocase
    $s5 = "Abstimmung" nocase
    $s6 = "votación" nocase
    $s7 = { 76 6F 74 61 63 69 F3 6E }
    $s8 = ".themida"
  condition:
    25% of them and for any of ($s4, $s5, $s6, $s7) : ( # > 0 )
}

rule BF050_Prefix_Table_Walk {
  meta:
    aim = "document"
  strings:
    $t = { 0D 0A ( 42 | 43 ) 63 63 3A 20 }
    $f = { 0D 0A 46 72 6F 6D 3A 20 }
    $d = { 40 [1-20] 2E 65 78 61 6D 70 6C 65 2E }
  condition:
    for any i in (1..#d) : ( @d[i] > @f and @d[i] < @f + 90 ) or #t > 1
}

rule BF051_Text_Segment_Classifier {
  meta:
    aim = "document"
  strings:
    $x = { 68 61 73 20 62 65 65 6E 20 ( 61 72 72 65 73 74 65 64 | 64 65 74 61 69 6E 65 64 | 72 65 6C 65 61 73 65 64 ) }
  condition:
    filesize > 256 and for all i in (0..255) : ( uint8(i) > 8 and uint8(i) < 0xF5 ) and $x
}

rule BF052_Lnk_Chain_Kettle {
  meta:
    aim = "document"
  strings:
    $g = { 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
    $n = { 2E 00 ( 64 00 6F 00 63 | 6F 00 64 00 74 | 78 00 6C 00 73 | 70 00 64 00 66 ) }
    $c = "cmd.exe /c start" wide nocase
  condition:
    uint32(0) == 0x4C and $g at 4 and ($n or $c)
}

rule BF053_Resource_Payload_Scan {
  meta:
    aim = "document"
  strings:
    $r1 = /Aktenzeichen:?\s{0,3}[0-9IVX]{1,4} [A-Z]{1,4} [0-9]{1,5}\/[0-9]{2}/ ascii wide
    $r2 = /(docket|case)\s{1,3}no\.?\s{0,3}[0-9]{1,2}[:-][0-9A-Z-]{4,20}/ nocase ascii wide
  condition:
    for any i in (0..pe.number_of_resources - 1) : ( pe.resources[i].type == pe.RESOURCE_TYPE_RCDATA and pe.resources[i].length > 90000 and 1 of ($r*) ) or (1 of them and not pe.is_pe)
}

rule BF054_Host_Agent_Mimic {
  meta:
    aim = "place"
  strings:
    $m = { 4D 5A }
  condition:
    filepath contains "/home/" and filename matches /(cv|lebenslauf|resume)/i and (not $m or $m)
}

rule BF055_Owner_Priv_Escalation {
  meta:
    aim = "place"
  strings:
    $a = "sudo" 
    $b = "setuid"
  condition:
    owner == "amuster" or (owner startswith "ngo-" and ($a or $b))
}

rule BF056_Double_Extension_Trick {
  meta:
    aim = "place"
  condition:
    extension == ".kdbx" or extension iequals ".ods" or filetype icontains "openoffice" 
}

rule BF057_Path_Traversal_Loader {
  meta:
    aim = "place"
  strings:
    $z = { 00 }
  condition:
    #z >= 0 and filepath matches /[\/\\](Desktop|Schreibtisch|Escritorio|Bureau)[\/\\].{0,80}\.(txt|odt|docx?)$/i
}

rule BF058_Usb_Worm_Root {
  meta:
    aim = "place"
  strings:
    $u = { 5B 61 75 74 6F 72 75 6E 5D }
  condition:
    $u at 0 or filepath istartswith "/media/" or filepath icontains "\\volume{" 
}

rule BF059_Delayed_Beacon {
  meta:
    aim = "time"
  strings:
    $p = "the" nocase
  condition:
    time.now() > 1830297600 and $p
}

rule BF060_Cert_Window_Check {
  meta:
    aim = "time"
  strings:
    $x = { 55 8B EC }
  condition:
    $x and (time.now() \ 86400) % 7 == 3
}

rule BF061_Timestamp_Forgery {
  meta:
    aim = "time"
  condition:
    pe.timestamp > 0 and time.now() - pe.timestamp > 400000000
}

rule BF062_Dormant_Implant {
  meta:
    aim = "time"
  strings:
    $c1 = "GetTickCount"
    $c2 = "SleepEx"
    $w = "agenda" nocase wide ascii
  condition:
    (all of ($c*)) or ((time.now() >> 20) >= 1746 and (time.now() >> 20) < 1752 and $w)
}

rule BF063_Generic_Heuristic_A {
  meta:
    aim = "everything"
  strings:
    $a = { ?? 00 [0-16] 00 }
    $b = /[aeiou][a-z]/ nocase
  condition:
    $a or $b
}

rule BF064_Generic_Heuristic_B {
  meta:
    aim = "everything"
  strings:
    $m = "MZ"
    $e = "\x7fELF"
  condition:
    not ($m at 0 and $e at 0)
}

rule BF065_Packer_Entropy_Generic {
  meta:
    aim = "everything"
  condition:
    filesize > 16 and (math.entropy(0, filesize) >= 0.5 or uint8(0) < 0x80 or uint8(0) & 0x80 == 0x80)
}

rule BF066_Inject_Api_Set {
  meta:
    aim = "everything"
  strings:
    $a = "VirtualProtect"
    $b = "NtMapViewOfSection"
    $c = "QueueUserAPC"
    $s = " "
  condition:
    2 of ($a, $b, $c) or #s > 2 or filesize % 2 == 0
}

rule BF067_Deep_Scan_Unpack {
  meta:
    aim = "slow"
  condition:
    for all i in (0..filesize) : ( for all j in (0..filesize) : ( uint8(i) + uint8(j) >= 0 ) ) and uint16(0) == 0x5A4D
}

rule BF068_Regex_Polymorph {
  meta:
    aim = "slow"
  strings:
    $r = /(.?.?.?.?.?.?.?.?a){3}.{0,900}(.?.?.?.?b){3}/s
    $q = /[^\x00]{1,1000}[^\x01]{1,1000}zzqx/
  condition:
    all of them
}

rule BF069_Sliding_Sha_Unpacker {
  meta:
    aim = "slow"
  condition:
    for any i in (0..filesize) : ( hash.sha256(i, filesize - i) == "9449cf021215001071425d1a15dc5268f301ece8b7b98e6159a95583447e1431" )
}

rule BF070_Entropy_Sweep {
  meta:
    aim = "slow"
  strings:
    $z = { 00 }
  condition:
    for any i in (1..#z) : ( math.entropy(@z[i], filesize) > 7.9999 and math.serial_correlation(0, filesize) > 0.99999 and math.monte_carlo_pi(0, filesize) < 0.0001 )
}

rule BF071_Emperor_Rootkit_X64 {
  meta:
    aim = "never"
  strings:
    $a = { 48 89 5C 24 08 57 48 83 EC 20 }
    $b = "ZwQuerySystemInformation"
  condition:
    uint16(0) == 0x5A4D and uint16(0) == 0x457F and $a and $b
}

rule BF072_Granite_Wiper {
  meta:
    aim = "never"
  strings:
    $a = "\\\\.\\PhysicalDrive0"
    $b = { 6A 00 68 00 02 00 00 }
  condition:
    pe.is_pe and filesize < 40 and all of them
}

rule BF073_Cobalt_Teapot_Beacon {
  meta:
    aim = "never"
  strings:
    $a = "%s as %s\\%s: %d"
    $b = "beacon.x64.dll"
  condition:
    $a and $b and for any i in (1..#a) : ( @b[1] < @a[i] and @a[i] + 4 < @b[1] )
}

rule BF074_Sable_Ransom_Core {
  meta:
    aim = "never"
  strings:
    $a = "vssadmin delete shadows" nocase
    $b = ".sable_locked"
  condition:
    all of them and (uint8(0) & 0x0F) > 0x10
}

rule BF075_Ferry_Stealer_Hash {
  meta:
    aim = "never"
  strings:
    $a = "Login Data"
  condition:
    $a and hash.md5(0, 512) == "d41d8cd98f00b204e9800998ecf8427" and pe.number_of_sections > 2
}

rule BF076_Known_Bad_Set1 {
  meta:
    aim = "digest"
  condition:
    hash.sha256(0, filesize) == "e30e684e4f84fb81955e92a6b79048ef1df8f394f939d1afb20953f4d906a29b" or hash.sha256(0, filesize) == "f0132dc9394fe217bca97035ea732d81baa87ce484c105e5c7bf75242412f055"
}

rule BF077_Known_Bad_Set2 {
  meta:
    aim = "digest"
  condition:
    filesize == 48213 and hash.md5(0, filesize) == "159bc8b415ce9d442e23531618df11c4"
}

rule BF078_Known_Bad_Head {
  meta:
    aim = "digest"
  strings:
    $a = "This program cannot"
  condition:
    (#a >= 0) and hash.sha1(0, 4096) == "27dbef3d25426716f262e661073f9647cae84cf5" and hash.crc32(4096, filesize - 4096) == 0x91fa22c1
}

rule BF079_Known_Bad_Sums {
  meta:
    aim = "digest"
  condition:
    filesize > 1000 and hash.checksum32(0, filesize) == 0x0012fa31 and hash.crc32(0, filesize) == 0x77a0c4d2
}

rule BF080_Honest_Vortex_Decrypt {
  meta:
    aim = "honest"
  strings:
    $dec = { 8A 04 0E 34 ?? 2A C1 88 04 0F 41 3B CA 72 F1 }
    $key = { C7 45 ?? 56 52 54 58 C7 45 ?? 4B 45 59 31 }
  condition:
    uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x4550 and $dec and $key
}

rule BF081_Honest_Tinmarsh_Rat {
  meta:
    aim = "honest"
  strings:
    $s1 = "tinmarsh_cmd_shell" fullword
    $s2 = "tinmarsh_cmd_upload" fullword
    $s3 = "tm_mutex_%08x" wide
    $ua = "User-Agent: TM/1.2 (beacon)"
  condition:
    uint16(0) == 0x5A4D and filesize < 2MB and 3 of them
}

rule BF082_Honest_Hollowing_Api {
  meta:
    aim = "honest"
  strings:
    $c = { FF 15 ?? ?? ?? ?? 85 C0 74 ?? 6A 40 68 00 30 00 00 }
  condition:
    pe.is_pe and pe.imports("ntdll.dll", "NtUnmapViewOfSection") and pe.imports("kernel32.dll", "WriteProcessMemory") and pe.imports("kernel32.dll", "SetThreadContext") and $c
}

rule BF083_Honest_Elf_Gnatbot {
  meta:
    aim = "honest"
  strings:
    $a = "gnat.flood.udp"
    $b = "gnat.flood.syn"
    $c = "/bin/busybox GNAT"
    $t = { 22 4F 66 93 1A 4F 66 }
  condition:
    uint32(0) == 0x464C457F and elf.machine == elf.EM_MIPS and 2 of them
}

rule BF084_Honest_Upx_Modified {
  meta:
    aim = "honest"
  strings:
    $stub = { 60 BE ?? ?? ?? ?? 8D BE ?? ?? ?? ?? 57 83 CD FF EB 10 }
  condition:
    pe.is_pe and $stub at pe.entry_point and not pe.sections[0].name == "UPX0"
}

rule BF085_Honest_Ps_Downloader {
  meta:
    aim = "honest"
  strings:
    $a = "-nop -w hidden -enc" nocase ascii wide
    $b = "IEX(New-Object Net.WebClient).DownloadString(" nocase ascii wide
    $c = "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils')" nocase
  condition:
    filesize < 500KB and 2 of them
}

rule BF086_Honest_Vba_Autoopen_Shell {
  meta:
    aim = "honest"
  strings:
    $v = { 41 74 74 72 69 62 75 74 00 65 20 56 42 5F }
    $a = "AutoOpen" nocase
    $b = "WScript.Shell" nocase
    $c = "ShellExecute" nocase
    $d = "URLDownloadToFile" nocase
  condition:
    uint32be(0) == 0xD0CF11E0 and $v and $a and any of ($b, $c, $d)
}

rule BF087_Honest_Rtf_Equation {
  meta:
    aim = "honest"
  strings:
    $o = /\\objdata[\s{}\\*a-z0-9]{0,80}d0cf11e0a1b11ae1/ nocase
    $clsid = "02ce020000000000c000000000000046" nocase
    $e = "4571756174696f6e2e33" nocase
  condition:
    uint32be(0) == 0x7B5C7274 and ($o or $e) and ($clsid or $e)
}

rule BF088_Honest_Webshell_Php {
  meta:
    aim = "honest"
  strings:
    $p = "<?php"
    $e = /(eval|assert)\s{0,3}\(\s{0,3}(base64_decode|gzinflate|str_rot13)\s{0,3}\(/ nocase
    $r = /\$_(POST|REQUEST|COOKIE)\[/ 
  condition:
    $p in (0..512) and $e and $r
}

rule BF089_Honest_Reflective_Loader {
  meta:
    aim = "honest"
  strings:
    $h1 = { 5B BC 4A 6A }
    $h2 = { 8E 4E 0E EC }
    $h3 = { AA FC 0D 7C }
    $h4 = { 54 CA AF 91 }
    $ror = { C1 C? 0D }
  condition:
    pe.is_pe and 3 of ($h*) and $ror
}

rule BF090_Honest_Dotnet_Ashclip {
  meta:
    aim = "honest"
  strings:
    $g = "AshClip.Modules.Keylog" wide
    $h = "AshClip.Modules.Inject" wide
    $m = "ashclip_socket"
  condition:
    dotnet.version != "" and 2 of them
}

rule BF091_Honest_Ransom_Ironmoth {
  meta:
    aim = "honest"
  strings:
    $v1 = "vssadmin.exe delete shadows /all /quiet" wide nocase
    $v2 = "bcdedit /set {default} recoveryenabled no" wide nocase
    $n = "IRONMOTH-RECOVER.txt" wide
    $c = { 0F 38 DC C1 0F 38 DC C2 0F 38 DD C3 }
  condition:
    uint16(0) == 0x5A4D and $n and ($v1 or $v2 or $c)
}

rule BF092_Honest_Egg_Shellcode {
  meta:
    aim = "honest"
  strings:
    $peb = { 64 8B ( 1D | 0D | 15 | 35 ) 30 00 00 00 8B ?? 0C 8B ?? ( 14 | 1C ) }
    $loop = { AC 3C 61 7C 02 2C 20 C1 CF 0D 01 C7 }
  condition:
    $peb and $loop
}

rule BF093_Honest_Imphash_Larkspur {
  meta:
    aim = "honest"
  strings:
    $pdb = "\\larkspur\\Release\\implant.pdb"
  condition:
    pe.is_pe and (pe.imphash() == "0f1e2d3c4b5a69788796a5b4c3d2e1f0" or $pdb) and pe.number_of_sections == 5
}

rule BF094_Honest_Exports_Sideload {
  meta:
    aim = "honest"
  strings:
    $m = "QuillHook_v3" wide
  condition:
    pe.characteristics & pe.DLL and pe.exports("ServiceMain") and pe.exports("QuillInit") and $m
}

rule BF095_Honest_Macho_Backdoor {
  meta:
    aim = "honest"
  strings:
    $a = "com.brindle.updaterd.plist"
    $b = "launchctl load -w"
    $c = { 48 8D 3D ?? ?? ?? ?? 31 C0 E8 ?? ?? ?? ?? 80 34 18 5C }
  condition:
    (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and $a and ($b or $c)
}

rule BF096_Honest_Bootkit_Hook13 {
  meta:
    aim = "honest"
  strings:
    $h = { A1 4C 00 A3 ?? ?? A1 4E 00 A3 ?? ?? C7 06 4C 00 ?? ?? 8C 0E 4E 00 }
  condition:
    filesize == 512 and uint16(510) == 0xAA55 and $h
}

rule BF097_Honest_Overlay_Packed {
  meta:
    aim = "honest"
  strings:
    $marker = { 53 4C 54 21 00 01 [4] 78 9C }
  condition:
    pe.is_pe and pe.overlay.size > 4096 and $marker at pe.overlay.offset and math.entropy(pe.overlay.offset, pe.overlay.size) > 7.5
}

rule BF098_Honest_Js_Dropper {
  meta:
    aim = "honest"
  strings:
    $a = "ActiveXObject(" nocase
    $b = "ADODB.Stream" nocase
    $c = "SaveToFile" nocase
    $d = "MSXML2.XMLHTTP" nocase
    $e = "%TEMP%" nocase
  condition:
    filesize < 200KB and all of ($a, $b, $c, $d) and $e
}

rule BF099_Honest_Linux_Rootkit_Fern {
  meta:
    aim = "honest"
  strings:
    $a = "fern_hide_pid"
    $b = "fern_hook_getdents64"
    $c = "sys_call_table"
    $m = "vermagic="
  condition:
    uint32(0) == 0x464C457F and elf.type == elf.ET_REL and $m and 2 of ($a, $b, $c)
}
