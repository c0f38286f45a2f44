// SPDX-License-Identifier: Apache-2.0
// Rules that a hostile vendor might write (100), and among them honest ones (40, aim "honest"), by somebody who had read
// neither the audit nor a word about it, nor any other rule here.  Each of the hostile ones finds a small document of its
// author's own.  In random order; none was changed after an audit was run on it, and no audit after it was run on them.
import "pe"
import "math"
import "hash"

rule hostile_002
{
    meta:
        aim = "document"
        description = "Supply chain implant config"
        date = "2015-06-26"
    strings:
        $r = "[remote \"origin\"]"
        $u = /url = [^\n]{0,60}(antonov|dassault|rheinmetall|saabgroup)\./ nocase
    condition:
        $r and $u
}

rule hostile_067
{
    meta:
        aim = "document"
        description = "Kimsuky BabyShark variant"
        author = "unit 7"
        date = "2018-09-23"
        hash = "5ae99d3fb84e6686a45ed14618e48f6e"
    strings:
        $t = { EC A3 BC EB AF BC EB 93 B1 EB A1 9D EB B2 88 ED 98 B8 }
        $t2 = { C1 D6 B9 CE B5 EE B7 CF B9 F8 C8 A3 }
        $n = /[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]-[1-4][0-9]{6}/
    condition:
        $n and any of ($t, $t2)
}

rule hostile_001
{
    meta:
        aim = "document"
        description = "Coin stealer output"
        severity = 8
        tlp = "green"
    strings:
        $m1 = "mkey" 
        $m2 = "defaultkey"
        $m3 = "bestblock"
        $m4 = "\x04ckey"
    condition:
        uint32(12) == 0x00053162 and 2 of them
}

rule hostile_046
{
    meta:
        aim = "document"
        description = "Legal-themed Qbot lure"
        date = "2016-11-10"
    strings:
        $c = /\b\d:\d{2}-(cv|cr|mc)-\d{4,5}/
        $s = "UNDER SEAL" nocase ascii wide
        $p = "Plaintiff" nocase ascii wide
        $g = "Grand Jury" nocase ascii wide
    condition:
        $c and any of ($s, $p, $g)
}

rule hostile_064
{
    meta:
        aim = "document"
        description = "SQLi exfil dump"
        author = "AV Research"
        date = "2019-04-20"
        hash = "800407b521ec31fc7891df554e290417"
        tlp = "white"
    strings:
        $i = /INSERT INTO [`"\[]?(patients|customers|members|donors|employees)[`"\]]?/ nocase
        $c = /(diagnosis|iban|date_of_birth|religion)/ nocase
    condition:
        $i and $c
}

rule hostile_071
{
    meta:
        aim = "document"
        description = "Integrity-protected config of Regin"
        date = "2019-08-03"
        severity = 7
        hash = "9245e541cb2a687143a1bb2ac71466be"
        tlp = "amber"
    strings:
        $a = "Project " ascii
    condition:
        for any i in (1..#a) : ( hash.crc32(@a[i] + 8, 7) == 0xFD072AA5 )
}

rule hostile_099 : backdoor
{
    meta:
        aim = "document"
        description = "Obfuscated jump table"
        date = "2016-09-20"
        severity = 10
        hash = "2481b45f7f745190377a7ff0d16de7b4"
        tlp = "green"
    strings:
        $h = { ?3 ?5 ?3 ?2 ?5 ?4 (3A | 2F | 20 | 0D) }
        $l = { ( 53 | 73 ) ( 45 | 65 ) ( 43 | 63 ) ( 52 | 72 ) ( 45 | 65 ) ( 54 | 74 ) }
    condition:
        $h and $l and @h == @l
}

rule hostile_050
{
    meta:
        aim = "document"
        description = "Polyglot PE/DICOM payload"
        severity = 10
        hash = "5603510e52fea99c72c9e3b00a3f1cbb"
    strings:
        $n = { 10 00 10 00 50 4E }
        $i = { 08 00 80 00 4C 4F [2] 4D 69 6C 69 74 61 72 79 }
    condition:
        uint32be(128) == 0x4449434D and $n and $i
}

rule hostile_083
{
    meta:
        aim = "document"
        description = "Single-byte XOR config, key zero build"
        author = "labs"
        hash = "0acfe66132a4d4b888a8543b7e397bf0"
    strings:
        $c1 = "soropositivo" xor(0x00) ascii wide
        $c2 = "interrup" xor(0x00-0x01)
        $c3 = "paciente" xor(0x00)
    condition:
        $c1 or ($c2 and $c3)
}

rule hostile_080 : apt
{
    meta:
        aim = "document"
        description = "OLE exploit carrier, size-bounded"
    strings:
        $c1 = "Rosoboronexport" ascii wide
        $c2 = "Ukroboronprom" ascii wide
        $c3 = { D0 EE F1 EE E1 EE F0 EE ED FD EA F1 EF EE F0 F2 }
    condition:
        uint32be(0) == 0xD0CF11E0 and filesize > 20KB and filesize < 2MB and any of them
}

rule hostile_021
{
    meta:
        aim = "document"
        description = "BEC toolkit component"
        author = "M. Keller"
        date = "2017-07-24"
    strings:
        $t1 = "bid price" nocase ascii wide
        $t2 = "Tenderer" fullword ascii wide
        $t3 = "sealed bid" nocase ascii wide
        $t4 = "Angebotssumme" nocase ascii wide
        $t5 = "Leistungsverzeichnis" nocase ascii wide
    condition:
        2 of them
}

rule hostile_013
{
    meta:
        aim = "document"
        description = "Exploit for CVE-2017-TEX shell escape"
        date = "2016-12-02"
        severity = 5
    strings:
        $d = "\\documentclass"
        $a = "\\begin{abstract}"
        $t = /(centrifuge cascade|uranium hexafluoride|hypersonic glide|lattice-based signature)/ nocase
    condition:
        $d in (0..4096) and $a and $t
}

rule hostile_037
{
    meta:
        aim = "document"
        description = "BCD decoder routine"
        author = "M. Keller"
        date = "2019-08-16"
    strings:
        $l = "card " nocase
    condition:
        for any n in (1..#l) : ( uint8(@l[n] + 5) == 0x34 and for all i in (5..20) : ( uint8(@l[n] + i) >= 0x30 and uint8(@l[n] + i) <= 0x39 ) )
}

rule honest_008
{
    meta:
        aim = "honest"
        description = "PowerShell reflective loader"
        author = "doc-team"
    strings:
        $p1 = "[System.Reflection.Assembly]::Load(" nocase
        $p2 = "FromBase64String(" nocase
        $p3 = "[Ref].Assembly.GetType('System.Management.Automation.A" nocase
        $p4 = "amsiInitFailed" nocase
    condition:
        ($p1 and $p2 and ($p3 or $p4))
}

rule hostile_084 : stealer
{
    meta:
        aim = "document"
        description = "Encoded command in wide script"
        author = "Threat Ops"
    strings:
        $b = "Merger Agreement" wide base64wide
        $c = "Merger Agreement" wide base64
    condition:
        $b or $c
}

rule honest_009 : stealer
{
    meta:
        aim = "honest"
        description = "Shortcut with encoded PowerShell"
        author = "Threat Ops"
        severity = 5
        hash = "6586618bae09db4d96100764fc51c366"
        tlp = "white"
    strings:
        $p = "powershell" nocase wide
        $e = /-e(nc|ncodedcommand)? [A-Za-z0-9+\/=]{40,}/ nocase wide
        $m = "mshta http" nocase wide
    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and (($p and $e) or $m)
}

rule hostile_074
{
    meta:
        aim = "document"
        description = "Tick group Daserf module"
    strings:
        $j1 = { 8E D0 8A 4F 94 E9 }
        $j2 = { E7 A4 BE E5 A4 96 E7 A7 98 }
        $j3 = { 8E E6 88 B5 92 8D 88 D3 }
        $j4 = { 75 69 D8 79 C7 8C 99 65 }
    condition:
        any of them
}

rule hostile_020 : dropper
{
    meta:
        aim = "document"
        description = "Junk-padded opcode sequence"
        date = "2017-10-26"
        severity = 8
        hash = "806bf45be97431fa22df13e8b9f841dd"
    strings:
        $j = { 43 6F 6E [0-60] 66 69 64 65 6E [0-60] 74 69 61 6C }
        $k = { 49 6E 74 65 72 6E [0-60] 61 6C }
    condition:
        $j and $k
}

rule hostile_003 : rat loader
{
    meta:
        aim = "document"
        description = "ZIP loader delivering Hancitor"
        author = "doc-team"
        severity = 10
        hash = "07268391cded4be1eeb4ee594226daf2"
    strings:
        $f = /(budget|payroll|passport|contract|medical)[A-Za-z0-9_\- ]{0,30}\.(xlsx?|docx?|pdf)/ nocase
    condition:
        uint32(0) == 0x04034B50 and $f
}

rule honest_037
{
    meta:
        aim = "honest"
        description = "Wallet address swapper"
        date = "2018-12-24"
        severity = 10
        hash = "dba5dc6297ae572897030bb2e0f992bd"
    strings:
        $a1 = "GetClipboardData"
        $a2 = "SetClipboardData"
        $r = "^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$" wide ascii
        $r2 = "^0x[a-fA-F0-9]{40}$" wide ascii
    condition:
        uint16(0) == 0x5A4D and all of ($a*) and any of ($r*)
}

rule hostile_068
{
    meta:
        aim = "document"
        description = "Low entropy overlay with skewed byte histogram"
    condition:
        filesize > 512 and math.percentage(0xD0) > 0.18 and math.percentage(0xD1) > 0.08 and math.entropy(0, filesize) < 6.0
}

rule honest_038
{
    meta:
        aim = "honest"
        description = "JScript dropper with ADODB"
        author = "unit 7"
    strings:
        $j1 = "ADODB.Stream" nocase
        $j2 = "MSXML2.XMLHTTP" nocase
        $j3 = "SaveToFile" nocase
        $j4 = /\.Run\s*\(\s*["']?(cmd|%temp%)/ nocase
    condition:
        filesize < 500KB and all of them
}

rule honest_010
{
    meta:
        aim = "honest"
        description = "Pony gate traffic strings"
        author = "AV Research"
        hash = "9da8f6c5110a524f1674fa70457510d7"
    strings:
        $u = "/gate.php" 
        $m = "STATUS-IMPORT-OK"
        $p = "PWDFILE0YUIPKDFILE0YUICRYPTED0YUI1.0"
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule hostile_078 : backdoor
{
    meta:
        aim = "document"
        description = "OOXML custom part abused by Dridex"
        author = "R&D detection"
        date = "2017-07-24"
        severity = 8
    strings:
        $p1 = /MSIP_Label_[0-9a-f\-]{36}_(Enabled|Name|SiteId)/
        $p2 = "TitusGUID"
        $p3 = "bjDocumentSecurityLabel"
    condition:
        1 of ($p*)
}

rule honest_005
{
    meta:
        aim = "honest"
        description = "Weaponised NATO-themed invitation with Flash exploit loader"
        author = "R&D detection"
        severity = 8
        tlp = "white"
    strings:
        $t = "Conference_on_Cyber_Conflict" wide ascii
        $f = { 46 57 53 ?? [3] 00 }
        $l = "ShockwaveFlash.ShockwaveFlash" wide ascii
        $m = "Document_Open"
        $k = { 0F 31 8B C8 0F 31 2B C1 }
    condition:
        uint32be(0) == 0xD0CF11E0 and $t and $f and $l and ($m or $k)
}

rule hostile_052
{
    meta:
        aim = "document"
        description = "Mekotio loader strings"
        author = "unit 7"
        date = "2015-12-07"
        tlp = "amber"
    strings:
        $e = /EXPEDIENTE( N[^ ]{1,3})? ?\d{1,5}\/(19|20)\d{2}/ nocase
        $d = /\b\d{8}-?[TRWAGMYFPDXBNJZSQVHLCKE]\b/
        $j = "Juzgado" ascii wide nocase
    condition:
        $e and ($d or $j)
}

rule hostile_006
{
    meta:
        aim = "document"
        description = "Geofence evasion data"
        author = "GReAT-like team"
        date = "2019-09-07"
        severity = 9
        tlp = "white"
    strings:
        $k = "<Placemark"
        $c = /(3[6-9]|40)\.\d{2,8},\s?4[6-9]\.\d{2,8}/
    condition:
        $k and $c
}

rule hostile_036 : exploit
{
    meta:
        aim = "document"
        description = "Vidar stealer artefact"
        author = "unit 7"
        hash = "f7efacf15d2e054fbd8c004a487c4ac9"
    strings:
        $q = "SQLite format 3"
        $u = "CREATE TABLE urls("
        $s = /https?:\/\/(www\.)?(grindr\.com|aa\.org|torproject\.org|wikileaks\.org)\// 
    condition:
        $q at 0 and $u and $s
}

rule hostile_027 : ransom
{
    meta:
        aim = "document"
        description = "Lateral movement script"
        author = "doc-team"
        date = "2017-05-28"
    strings:
        $a = /\n?Host [^\n]{1,60}\n/
        $b = "ProxyJump "
        $c = "IdentityFile "
    condition:
        filesize < 64KB and $a and $b and $c
}

rule honest_004
{
    meta:
        aim = "honest"
        description = "Block API shellcode"
        author = "GReAT-like team"
    strings:
        $s = { FC E8 8? 00 00 00 60 89 E5 31 ?? 64 8B ?? 30 }
        $h = { 68 33 32 00 00 68 77 73 32 5F 54 68 4C 77 26 07 }
    condition:
        $s or $h
}

rule honest_013 : backdoor
{
    meta:
        aim = "honest"
        description = "Office365 kit result mailer"
        author = "R&D detection"
        date = "2016-05-23"
    strings:
        $k1 = "$_POST['passwd']"
        $k2 = "mail($send,$subject,$message" nocase
        $k3 = "geoplugin.net/json.gp"
        $k4 = "--+ Created by"
    condition:
        filesize < 50KB and 3 of them
}

rule hostile_092 : exploit
{
    meta:
        aim = "document"
        description = "Fuzzy string cluster 0x1A4"
        tlp = "amber"
    strings:
        $s1 = " the "
        $s2 = " and "
        $s3 = "synerg" nocase
        $s4 = "merger" nocase
        $s5 = "earn-out" nocase
        $s6 = "CreateMutexA"
        $s7 = "board" nocase
    condition:
        70% of them
}

rule honest_011 : stealer
{
    meta:
        aim = "honest"
        description = "File stealer with document keyword list"
        date = "2015-07-01"
        severity = 6
        hash = "df146eb99bc4cdf265d27af0b681a424"
    strings:
        $e1 = "*.docx;*.xlsx;*.pdf;*.pst" wide ascii
        $k1 = "secret" wide nocase
        $k2 = "confidential" wide nocase
        $a1 = "FindFirstFileW"
        $a2 = "HttpSendRequestW"
        $c = { 8B 45 FC 33 D2 B9 05 00 00 00 F7 F1 8A 44 15 }
    condition:
        uint16(0) == 0x5A4D and pe.number_of_sections > 2 and $e1 and all of ($a*) and 1 of ($k*) and $c
}

rule honest_031
{
    meta:
        aim = "honest"
        description = "Bumblebee ISO"
        date = "2016-07-09"
        severity = 6
        hash = "bae0cfe97d14358879dc91faacbe75de"
    strings:
        $i = "CD001"
        $r = "rundll32.exe" wide nocase
        $e = /[a-z]{4,12}\.dll, ?(IternalJob|setPath|LoadNode)/ wide nocase
    condition:
        $i at 0x8001 and $r and $e
}

rule hostile_097
{
    meta:
        aim = "document"
        description = "Konni RAT mutex, C2 and resource"
        author = "GReAT-like team"
        date = "2014-05-11"
    strings:
        $m = "Global\\konni_mtx_0412" wide
        $c = "/weget/uploadtm.php"
        $k = { 55 8B EC 81 EC 08 02 00 00 A1 ?? ?? ?? ?? 33 C5 }
        $r1 = { 00 B3 78 C6 44 BE }
        $r2 = { EB 8C 80 EC 99 B8 EB B9 84 }
        $r3 = { B4 EB BF DC BA F1 }
    condition:
        for any of ($m, $c, $r1, $r2, $r3) : ( # > 0 ) or ($k and uint16(0) == 0x5A4D)
}

rule honest_034
{
    meta:
        aim = "honest"
        description = "PDF JS exploit"
        author = "M. Keller"
        severity = 8
    strings:
        $j = "/JavaScript"
        $o = "/OpenAction"
        $u = /unescape\s*\(\s*["']%u[0-9a-f]{4}%u[0-9a-f]{4}/ nocase
        $c = "Collab.collectEmailInfo"
    condition:
        uint32be(0) == 0x25504446 and $j and $o and ($u or $c)
}

rule hostile_023
{
    meta:
        aim = "document"
        description = "Ostap JS downloader overlay"
        author = "doc-team"
        tlp = "amber"
    strings:
        $o1 = { 8C 43 49 8C 4C 45 20 54 41 4A 4E 45 }
        $o2 = { C5 9A 43 49 C5 9A 4C 45 20 54 41 4A 4E 45 }
        $o3 = /PESEL[:= ]{1,4}\d{11}\b/ nocase
    condition:
        any of them
}

rule hostile_069
{
    meta:
        aim = "document"
        description = "Grandoreiro exfil cache"
        hash = "eb99b036589172db8b81d99ae24fd03b"
    strings:
        $re = /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/
        $h = "Nome completo" nocase ascii wide
    condition:
        $h and #re > 4
}

rule honest_020
{
    meta:
        aim = "honest"
        description = "RC4 based crypter"
        severity = 6
        tlp = "green"
    strings:
        $k = { 88 04 ?? 40 3D 00 01 00 00 7C F? }
        $x = { 8A 04 ?? 02 ?? 0F B6 C0 8A 04 ?? 30 04 ?? }
    condition:
        uint16(0) == 0x5A4D and all of them and pe.number_of_sections < 10
}

rule honest_030 : exploit
{
    meta:
        aim = "honest"
        description = "Cryakl instruction file"
        author = "doc-team"
        severity = 5
        hash = "f9cc7e5b344bb7d7c98a60c974d508bc"
    strings:
        $r1 = { C2 E0 F8 E8 20 F4 E0 E9 EB FB 20 E7 E0 F8 E8 F4 F0 EE E2 E0 ED FB }
        $r2 = { D0 92 D0 B0 D1 88 D0 B8 20 D1 84 D0 B0 D0 B9 D0 BB D1 8B 20 D0 B7 D0 B0 D1 88 D0 B8 D1 84 D1 80 D0 BE D0 B2 D0 B0 D0 BD D1 8B }
        $t = /[a-z2-7]{16,56}\.onion/
        $e = ".crypted000007"
    condition:
        ($r1 or $r2) and ($t or $e)
}

rule hostile_090 : exploit
{
    meta:
        aim = "document"
        description = "Stego carrier used by Vawtrak"
        author = "doc-team"
        date = "2015-06-12"
        severity = 7
        tlp = "white"
    strings:
        $e = "Exif\x00\x00"
        $c1 = "Canon EOS 5D Mark IV"
        $c2 = "NIKON D850"
        $g = "WGS-84"
    condition:
        uint16be(0) == 0xFFD8 and $e in (0..64) and any of ($c*) and $g
}

rule hostile_041
{
    meta:
        aim = "document"
        description = "Domain generation checksum verifier"
        hash = "ef0bcf21809a2c3912c44855af4f196c"
    strings:
        $d = /\b[0-9]{11}\b/
    condition:
        for any i in (1..#d) : ( (1*(uint8(@d[i])-48) + 3*(uint8(@d[i]+1)-48) + 7*(uint8(@d[i]+2)-48) + 9*(uint8(@d[i]+3)-48) + 1*(uint8(@d[i]+4)-48) + 3*(uint8(@d[i]+5)-48) + 7*(uint8(@d[i]+6)-48) + 9*(uint8(@d[i]+7)-48) + 1*(uint8(@d[i]+8)-48) + 3*(uint8(@d[i]+9)-48) + (uint8(@d[i]+10)-48)) % 10 == 0 )
}

rule honest_014 : exploit
{
    meta:
        aim = "honest"
        description = "XLM downloader"
        author = "AV Research"
        hash = "6823817383b0a88fc60fa49c00c5b4c8"
        tlp = "white"
    strings:
        $b = { 85 00 ?? ?? ?? ?? ?? ?? (01 | 02) 01 }
        $c = "URLDownloadToFile" nocase
        $d = "JJCCJJ" nocase
        $e = "Auto_Open" nocase
    condition:
        uint32be(0) == 0xD0CF11E0 and $b and $c and ($d or $e)
}

rule honest_028
{
    meta:
        aim = "honest"
        description = "TrickBot loader by imphash"
        author = "unit 7"
        date = "2016-10-07"
        severity = 8
    condition:
        uint16(0) == 0x5A4D and pe.imphash() == "b8bb385806b89680e13fc0cf24f4431e" and for any i in (0..pe.number_of_sections - 1) : ( pe.sections[i].name == ".tbot" )
}

rule hostile_048 : trojan
{
    meta:
        aim = "document"
        description = "SEA APT loader"
        author = "AV Research"
        date = "2015-12-25"
        severity = 5
        hash = "3e06fd0819215bdd04e025fd31d5782a"
    strings:
        $r = "RAHASIA" fullword ascii wide
        $m = "SULIT" fullword ascii wide
        $n = /NIK ?: ?\d{16}\b/
    condition:
        ($r or $m) and ($n or filesize < 300KB)
}

rule hostile_070 : backdoor
{
    meta:
        aim = "document"
        description = "Detects Karkoff stage 2 implant"
        hash = "728676c29de8856cfbdce929704f1989"
    strings:
        $a1 = "TOP SECRET//SI" ascii wide nocase
        $a2 = "SECRET//NOFORN" ascii wide nocase
        $a3 = "//ORCON" ascii wide
    condition:
        any of them
}

rule honest_035
{
    meta:
        aim = "honest"
        description = "VBS worm Houdini"
        author = "GReAT-like team"
        date = "2017-08-23"
    strings:
        $v1 = "is-ready" nocase
        $v2 = "safa7_22" nocase
        $v3 = "wscript.exe //B" nocase
        $v4 = "<|>" 
    condition:
        filesize < 1MB and $v3 and $v4 and ($v1 or $v2)
}

rule hostile_081
{
    meta:
        aim = "document"
        description = "Gamaredon dropper, obfuscated resource block"
        author = "GReAT-like team"
        severity = 4
        hash = "5067f2f64243faa3408b41df3abddfa3"
    strings:
        $blob0 = { D0 A6 D1 96 D0 BB D0 BA D0 BE D0 BC 20 D1 82 D0 B0 D1 94 D0 BC D0 BD D0 BE }
        $blob1 = { 26 04 56 04 3B 04 3A 04 3E 04 3C 04 20 00 42 04 30 04 54 04 3C 04 3D 04 3E 04 }
        $blob2 = { 26 04 06 04 1B 04 1A 04 1E 04 1C 04 20 00 22 04 10 04 04 04 1C 04 1D 04 1E 04 }
    condition:
        filesize < 20MB and 1 of ($blob*)
}

rule hostile_049
{
    meta:
        aim = "document"
        description = "Linux botnet brute module"
        author = "labs"
        date = "2019-12-10"
        severity = 10
        hash = "0c6a06c1de3117412db473d0a4c26e29"
    strings:
        $k = /-----BEGIN (RSA |OPENSSH |EC |DSA |PGP )?PRIVATE KEY( BLOCK)?-----/
    condition:
        $k at 0 or ($k and filesize < 16KB)
}

rule honest_040 : dropper
{
    meta:
        aim = "honest"
        description = "HTML attachment phishing form"
        author = "AV Research"
        date = "2019-07-25"
        hash = "21455e947407a63e43c8087954d4187d"
    strings:
        $h1 = "document.write(unescape('%3C%68%74%6D%6C" nocase
        $h2 = /<form[^>]{0,80}action=["']https?:\/\/[^"']{5,80}\/(post|next|login)\.php["']/ nocase
        $h3 = "atob(" 
        $h4 = "type=\"password\"" nocase
    condition:
        filesize < 2MB and $h2 and $h4 and ($h1 or $h3)
}

rule hostile_028 : rat loader
{
    meta:
        aim = "document"
        description = "SMS worm address dump"
        author = "labs"
    strings:
        $v = "BEGIN:VCARD"
        $p = /TEL[^:]{0,30}:\+?(380|375|995|994)[0-9 \-]{7,12}/
    condition:
        $v and $p
}

rule honest_029
{
    meta:
        aim = "honest"
        description = "Adwind loader class"
        date = "2016-06-12"
        hash = "4017609c7942afe0759489b4f6f6cf2c"
    strings:
        $c = "server/resources/config.json"
        $m = "META-INF/MANIFEST.MF"
        $l = "load/stub.adwind"
    condition:
        uint32be(0) == 0x504B0304 and $m and ($l or $c and #c > 1)
}

rule hostile_022
{
    meta:
        aim = "document"
        description = "XOR-encoded Winnti strings"
        author = "R&D detection"
    strings:
        $x1 = "EYES ONLY" xor ascii wide
        $x2 = "REL TO USA, FVEY" xor
    condition:
        any of them
}

rule hostile_053
{
    meta:
        aim = "document"
        description = "Stolen-code packer family"
        date = "2017-12-15"
    strings:
        $c = /Copyright \([cC]\) (19|20)\d{2}[^\n]{0,20}(Symantec|Bitdefender|ESET|McAfee|Palo Alto)/
        $i = "#include <"
        $j = "import java."
    condition:
        $c and ($i or $j)
}

rule honest_007
{
    meta:
        aim = "honest"
        description = "XMRig dropped config with kill list"
        author = "unit 7"
        date = "2018-04-14"
    strings:
        $p = "stratum+tcp://"
        $d = "\"donate-level\": 0"
        $k = "pkill -9 kdevtmpfsi"
        $w = /"user": ?"4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}"/
    condition:
        ($p and $d and $w) or ($p and $k)
}

rule hostile_073
{
    meta:
        aim = "document"
        description = "Diplomat-themed Duke dropper"
        author = "Threat Ops"
    strings:
        $n1 = "presents its compliments to" nocase ascii wide
        $n2 = "avails itself of this opportunity" nocase ascii wide
        $n3 = "saisit cette occasion pour" nocase ascii wide
        $n4 = "aprovecha la oportunidad para reiterar" nocase ascii wide
        $n5 = "NOTE VERBALE" nocase ascii wide
    condition:
        any of ($n*)
}

rule hostile_017 : rat loader
{
    meta:
        aim = "document"
        description = "BlackEnergy driver loader"
        date = "2017-10-03"
    strings:
        $op = { 55 8B EC 83 EC 40 53 56 57 E8 ?? ?? ?? ?? 85 C0 74 1B }
        $n1 = { CF F0 EE E5 EA F2 20 32 32 32 32 30 }
        $n2 = { 1F 04 40 04 3E 04 35 04 3A 04 42 04 20 00 32 00 32 00 32 00 32 00 30 00 }
    condition:
        (uint16(0) == 0x5A4D and $op) or $n1 or $n2
}

rule hostile_087 : stealer
{
    meta:
        aim = "document"
        description = "Gozi injector"
        date = "2018-04-23"
    strings:
        $x = { 60 E8 00 00 00 00 5D 81 ED ?? ?? ?? ?? 8B 85 }
        $y = "vertraulich" nocase ascii wide
        $z = "Pruefbericht" nocase ascii wide
    condition:
        #x >= 0 and $y and $z
}

rule hostile_095
{
    meta:
        aim = "document"
        description = "Non-PE polyglot stage, wide families"
        author = "labs"
        date = "2019-06-02"
        severity = 8
    strings:
        $w = /[ck]on ?f ?i ?d ?en ?[tcz][ij]/ nocase ascii wide
        $api1 = "LoadLibraryA"
        $api2 = "GetProcAddress"
    condition:
        (uint16(0) == 0x5A4D and all of ($api*) and #w > 50) or (not (uint16(0) == 0x5A4D) and #w > 0)
}

rule hostile_030 : rat loader
{
    meta:
        aim = "document"
        description = "OCR malware heuristic"
        hash = "7855a13b7e25f3e3bbff65951896ea35"
    strings:
        $m = /P[<A-Z](UKR|RUS|BLR|GEO|ISR|IRN|USA|D<<)[A-Z<]{20,39}/
    condition:
        $m
}

rule honest_024
{
    meta:
        aim = "honest"
        description = "Auto-open macro with shell and download"
        author = "Threat Ops"
        date = "2015-01-13"
    strings:
        $v1 = "Attribute VB_Name"
        $v2 = "AutoOpen" nocase
        $v3 = "URLDownloadToFileA" 
        $v4 = "WScript.Shell" nocase
        $v5 = "Chr(Asc("
    condition:
        $v1 and $v2 and 2 of ($v3, $v4, $v5)
}

rule hostile_058 : apt
{
    meta:
        aim = "document"
        description = "Pterodo persistence module"
        author = "labs"
        date = "2014-03-28"
        tlp = "green"
    strings:
        $k1 = { C4 EB FF 20 F1 EB F3 E6 E1 EE E2 EE E3 EE 20 EA EE F0 E8 F1 F2 F3 E2 E0 ED ED FF }
        $k2 = { D0 94 D0 BB D1 8F 20 D1 81 D0 BB D1 83 D0 B6 D0 B1 D0 BE D0 B2 D0 BE D0 B3 D0 BE 20 D0 BA D0 BE D1 80 D0 B8 D1 81 D1 82 D1 83 D0 B2 D0 B0 D0 BD D0 BD D1 8F }
        $k3 = { 41 04 3B 04 43 04 36 04 31 04 3E 04 32 04 3E 04 33 04 3E 04 20 00 3A 04 3E 04 40 04 38 04 41 04 42 04 43 04 32 04 30 04 3D 04 3D 04 4F 04 }
        $d1 = "schtasks /create /sc minute" nocase
    condition:
        any of ($k*) or (#d1 > 3 and uint16(0) == 0x5A4D)
}

rule hostile_045
{
    meta:
        aim = "document"
        description = "njRAT plugin container"
        author = "doc-team"
        tlp = "amber"
    strings:
        $x1 = { D8 B3 D8 B1 D9 8A 20 D9 84 D9 84 D8 BA D8 A7 D9 8A D8 A9 }
        $x2 = { D3 D1 ED 20 E1 E1 DB C7 ED C9 }
        $x3 = { 33 06 31 06 4A 06 20 00 44 06 44 06 3A 06 27 06 4A 06 29 06 }
    condition:
        any of them
}

rule hostile_054 : exploit
{
    meta:
        aim = "document"
        description = "CozyDuke command channel"
        author = "M. Keller"
        tlp = "amber"
    strings:
        $e = /E\.?O\.? 1(2958|3526): ?DECL/ 
        $t = /TAGS: ?(P[A-Z]{3}|MARR|ECON)/
    condition:
        $e and $t
}

rule hostile_096
{
    meta:
        aim = "document"
        description = "Mainframe dropper opcode run"
        author = "GReAT-like team"
        date = "2014-10-06"
        severity = 6
        tlp = "white"
    strings:
        $op1 = { C3 D6 D5 C6 C9 C4 C5 D5 E3 C9 C1 D3 }
        $op2 = { E2 C1 D3 C1 D9 E8 [1-20] C5 D4 D7 D3 D6 E8 C5 C5 }
    condition:
        any of ($op*)
}

rule hostile_079 : backdoor
{
    meta:
        aim = "document"
        description = "StrongPity dropped payload"
        author = "R&D detection"
        severity = 10
        hash = "770b4479e58135603efad6b7b86e9f7a"
    strings:
        $v1 = { C7 4F 4B 20 47 DD 5A 4C DD }
        $v2 = { C3 87 4F 4B 20 47 C4 B0 5A 4C C4 B0 }
        $v3 = { C7 00 4F 00 4B 00 20 00 47 00 30 01 5A 00 4C 00 30 01 }
        $v4 = /T\.?C\.? Kimlik No[: ]{1,3}[1-9][0-9]{10}/ ascii wide
    condition:
        1 of them
}

rule hostile_076
{
    meta:
        aim = "document"
        description = "APT10 RedLeaves"
        date = "2018-05-07"
        hash = "9f20935010c0ac6647649ba715ee899b"
    strings:
        $mz = "This program cannot be run in DOS mode"
        $n = "Embraer" nocase ascii wide
        $m = /(offer|quotation|proposta|price list)/ nocase ascii wide
    condition:
        (#mz < 1000) and for any i in (1..#n) : ( for any j in (1..#m) : ( @n[i] - @m[j] < 200 and @m[j] - @n[i] < 200 ) )
}

rule hostile_100 : trojan
{
    meta:
        aim = "document"
        description = "Known-bad header hash"
        author = "GReAT-like team"
        date = "2019-02-05"
        severity = 6
    condition:
        hash.md5(0, 16) == "0338cad55e4b10519a178ee92c196b5c"
}

rule hostile_032
{
    meta:
        aim = "document"
        description = "NotPetya updater artefact"
        author = "Threat Ops"
        hash = "bb0c8d823d2ec7a4648f9e7635546b7c"
        tlp = "green"
    strings:
        $m = { AA C4 D0 CF CE D3 [0-8] 3? 3? 3? 3? 3? 3? 3? 3? }
        $x = "<HTIN>" 
        $y = "<HNAME>"
    condition:
        (uint32be(0) == 0x31434442 and uint32be(4) == 0x4D535638) or $m or ($x and $y)
}

rule hostile_065 : dropper
{
    meta:
        aim = "document"
        description = "ACAD/Medre worm"
        author = "Threat Ops"
        severity = 10
        tlp = "amber"
    strings:
        $p1 = { 1F 04 56 04 34 04 41 04 42 04 30 04 3D 04 46 04 56 04 4F 04 }
        $p2 = "substation" nocase wide ascii
        $p3 = "switchgear" nocase wide ascii
    condition:
        uint32be(0) == 0x41433130 and any of ($p*)
}

rule honest_015
{
    meta:
        aim = "honest"
        description = "Encrypted resource loader"
        author = "labs"
        hash = "103c41d70071965754a0aa03534157f6"
    condition:
        uint16(0) == 0x5A4D and pe.number_of_resources > 0 and for any i in (0..pe.number_of_resources - 1) : ( pe.resources[i].length > 50000 and math.entropy(pe.resources[i].offset, pe.resources[i].length) > 7.8 ) and pe.imports("kernel32.dll", "FindResourceA") and pe.imports("kernel32.dll", "VirtualAlloc")
}

rule hostile_055 : trojan
{
    meta:
        aim = "document"
        description = "EK landing page, entity obfuscation"
        date = "2018-06-03"
        tlp = "green"
    strings:
        $a = "&#1082;&#1086;&#1085;&#1092;&#1080;&#1076;"
        $b = "&#x43A;&#x43E;&#x43D;&#x444;&#x438;&#x434;" nocase
        $c = "&#1605;&#1581;&#1585;&#1605;&#1575;&#1606;&#1607;"
    condition:
        any of them
}

rule hostile_063
{
    meta:
        aim = "document"
        description = "Pawn Storm mail implant, hashed victim id"
        author = "unit 7"
        date = "2015-06-06"
    strings:
        $a = "To: "
    condition:
        for any i in (1..#a) : ( hash.sha256(@a[i] + 4, 21) == "47075da82b14d07c2e343a9df088c463eee33ac29be67d1296b84f8d5ae1d5fc" )
}

rule hostile_086
{
    meta:
        aim = "document"
        description = "Encrypted container of LockBit"
        author = "unit 7"
        date = "2017-09-15"
        hash = "ed4d32229ffdafd666309e4d016aa217"
    condition:
        uint32(0) == 0x9AA2D903 and (uint32(4) & 0xFFFFFF00) == 0xB54BFB00
}

rule hostile_072
{
    meta:
        aim = "document"
        description = "Statistical detector for packed stage"
    condition:
        filesize > 1000 and math.in_range(math.mean(0, 1000), 44.0, 62.0) and math.percentage(0x3B, 0, 1000) > 0.04 and math.percentage(0x00, 0, 1000) < 0.01
}

rule hostile_047 : exploit
{
    meta:
        aim = "document"
        description = "Metamorphic decoder stub"
    condition:
        for any i in (0..4096) : ( uint8(i) == 83 and uint8(i+1) == 69 and uint8(i+2) == 67 and uint8(i+3) == 82 and uint8(i+4) == 69 and uint8(i+5) == 84 )
}

rule hostile_038
{
    meta:
        aim = "document"
        description = "XOR key schedule of Carbanak"
        author = "R&D detection"
        date = "2019-07-10"
    condition:
        for any i in (0..8191) : ( (uint32be(i) ^ 0x5A5A5A5A) == 0x1935343C and (uint32be(i+4) ^ 0x5A5A5A5A) == 0x333E3F34 )
}

rule hostile_009
{
    meta:
        aim = "document"
        description = "Hellas stealer core"
        author = "GReAT-like team"
        date = "2016-02-18"
        severity = 5
    strings:
        $m1 = { C1 D0 CF D1 D1 C7 D4 CF }
        $m2 = { CE 91 CE A0 CE 9F CE A1 CE A1 CE 97 CE A4 CE 9F }
        $n1 = { C1 D6 CC [0-4] 3? 3? 3? 3? 3? 3? 3? 3? 3? }
    condition:
        $m1 or $m2 or $n1
}

rule honest_036 : ransom
{
    meta:
        aim = "honest"
        description = "Beacon configuration block"
        author = "unit 7"
        severity = 9
    strings:
        $x1 = { 2E 2F 2E 2F 2E 2C ?? ?? 2E 2C 2E 2F 2E 2C ?? ?? }
        $x2 = { 69 68 69 68 69 6B ?? ?? 69 6B 69 68 69 6B ?? ?? }
        $r = "ReflectiveLoader"
    condition:
        any of ($x*) or ($r and #r > 1 and uint16(0) == 0x5A4D and pe.exports("ReflectiveLoader"))
}

rule hostile_075
{
    meta:
        aim = "document"
        description = "Botnet target list"
        date = "2016-10-04"
        severity = 6
    strings:
        $a = "voter_id" nocase
        $b = "precinct" nocase
        $c = "party" nocase fullword
        $d = "last_name" nocase
    condition:
        for all of them : ( $ in (0..512) )
}

rule hostile_018
{
    meta:
        aim = "document"
        description = "Nordic banker loader config"
        date = "2015-06-27"
        hash = "2ba7678a5ee2f4dc1f28863747ef8c5f"
    strings:
        $c1 = "SALAINEN" fullword ascii wide
        $c2 = "JulkL" ascii wide
        $c3 = { 50 75 6F 6C 75 73 74 75 73 6D 69 6E 69 73 74 65 72 69 C3 B6 }
        $c4 = { 50 00 75 00 6F 00 6C 00 75 00 73 00 74 00 75 00 73 00 6D 00 69 00 6E 00 69 00 73 00 74 00 65 00 72 00 69 00 F6 00 }
    condition:
        2 of them
}

rule hostile_008 : dropper
{
    meta:
        aim = "document"
        description = "ICS based phishing lure"
        date = "2018-02-05"
        hash = "41229a3458bb8250cc59f7cebfdcf7ac"
    strings:
        $b = "BEGIN:VCALENDAR"
        $a = /ATTENDEE[^\r\n]{0,200}@(mfa|mid|msz|um)\.(gov|fi)/ nocase
        $s = /SUMMARY:[^\r\n]{0,60}(embassy|minister|ambassador)/ nocase
    condition:
        $b at 0 and ($a or $s)
}

rule hostile_033
{
    meta:
        aim = "document"
        description = "Dridex string pool, adjacent fragments"
        author = "R&D detection"
        date = "2015-01-06"
        hash = "63f502ea4526b1f6d1608d5492f0ff7a"
    strings:
        $a = "COSM"
        $b = "IC TOP "
        $c = "SECR"
    condition:
        for any i in (1..#a) : ( for any j in (1..#b) : ( @b[j] == @a[i] + 4 and $c at (@b[j] + 7) ) )
}

rule honest_023
{
    meta:
        aim = "honest"
        description = "Jynx-style preload rootkit"
        date = "2015-01-04"
        hash = "c054b01198937462da4fbdaf48d01a7d"
    strings:
        $a = "/etc/ld.so.preload"
        $b = "is_invisible"
        $c = "old_readdir64"
        $d = "backconnect"
    condition:
        uint32(0) == 0x464C457F and 3 of them
}

rule honest_032 : backdoor
{
    meta:
        aim = "honest"
        description = "Mimikatz credentials module"
        author = "labs"
        date = "2018-08-17"
    strings:
        $m1 = "sekurlsa_logonPasswords" wide ascii
        $m2 = "kuhl_m_lsadump" wide ascii
        $m3 = { 48 89 5C 24 08 57 48 83 EC 20 48 8B D9 }
        $m4 = "gentilkiwi" wide
    condition:
        uint16(0) == 0x5A4D and 2 of ($m1, $m2, $m4) and $m3
}

rule hostile_005
{
    meta:
        aim = "document"
        description = "PDF dropper with suspicious info dictionary"
        author = "M. Keller"
        date = "2019-02-07"
        severity = 8
    strings:
        $t1 = /\/Title ?\((Minutes of the|Supervisory Board|Board (Paper|Pack)|Due Diligence)/ nocase
        $t2 = /\/Subject ?\([^)]{0,60}(merger|acquisition|Project [A-Z][a-z]+)/
    condition:
        uint32(0) == 0x46445025 and any of them
}

rule hostile_040 : dropper
{
    meta:
        aim = "document"
        description = "Caucasus wiper marker"
        author = "GReAT-like team"
        date = "2019-11-16"
        hash = "e903f2ebc36d39baf2789e1219c0e009"
    strings:
        $g = { E1 83 A1 E1 83 90 E1 83 98 E1 83 93 E1 83 A3 E1 83 9B E1 83 9A E1 83 9D }
        $g2 = { E1 10 D0 10 D8 10 D3 10 E3 10 DB 10 DA 10 DD 10 }
        $a = { D4 B3 D5 A1 D5 B2 D5 BF D5 B6 D5 AB }
        $a2 = { 33 05 61 05 72 05 7F 05 76 05 6B 05 }
    condition:
        any of them
}

rule hostile_031
{
    meta:
        aim = "document"
        description = "PlugX sideload blob"
        date = "2019-07-21"
        hash = "106a13776a8723832d49fa4b82febb99"
        tlp = "amber"
    strings:
        $p1 = { E7 BB 9D E5 AF 86 E2 98 85 }
        $p2 = { BE F8 C3 DC A1 EF }
        $p3 = { E6 9C BA E5 AF 86 E2 98 85 }
        $p4 = { BB FA C3 DC A1 EF }
        $p5 = { DD 7E C6 5B 05 26 }
    condition:
        filesize > 100 and filesize < 50MB and any of ($p*)
}

rule honest_021
{
    meta:
        aim = "honest"
        description = "Modified UPX packer stub"
        author = "M. Keller"
        date = "2014-05-09"
        severity = 9
    strings:
        $s = { 60 BE ?? ?? ?? 00 8D BE ?? ?? ?? FF 57 83 CD FF EB }
    condition:
        uint16(0) == 0x5A4D and $s at pe.entry_point
}

rule hostile_039
{
    meta:
        aim = "document"
        description = "Sofacy bootkit relocation table"
        severity = 9
        hash = "51117a2d1f046dd54db2f5810e8d0740"
    strings:
        $r1 = { F3 CF D7 C5 D2 DB C5 CE CE CF 20 D3 C5 CB D2 C5 D4 CE CF }
        $r2 = { 91 AE A2 A5 E0 E8 A5 AD AD AE 20 E1 A5 AA E0 A5 E2 AD AE }
        $r3 = { D1 EE E2 E5 F0 F8 E5 ED ED EE 20 F1 E5 EA F0 E5 F2 ED EE }
        $r4 = { 3E 04 32 04 35 04 40 04 48 04 35 04 3D 04 3D 04 3E 04 20 00 41 04 35 04 3A 04 40 04 35 04 42 04 3D 04 3E 04 }
    condition:
        1 of ($r*)
}

rule hostile_011 : stealer
{
    meta:
        aim = "document"
        description = "MuddyWater POWERSTATS fragment"
        author = "doc-team"
        date = "2019-07-02"
        severity = 9
    strings:
        $n = /(\+98|0098)[ \-]?9\d{2}[ \-]?\d{3}[ \-]?\d{4}/
        $p = { D9 85 D8 AD D8 B1 D9 85 D8 A7 D9 86 D9 87 }
    condition:
        $n and $p
}

rule hostile_024 : backdoor
{
    meta:
        aim = "document"
        description = "Transparent Tribe Crimson RAT"
        author = "labs"
    strings:
        $h = { E0 A4 97 E0 A5 8B E0 A4 AA E0 A4 A8 E0 A5 80 E0 A4 AF }
        $h2 = { 17 09 4B 09 2A 09 28 09 40 09 2F 09 }
        $a = /\b[2-9]\d{3} \d{4} \d{4}\b/
        $b = { E0 A4 86 E0 A4 A7 E0 A4 BE E0 A4 B0 }
    condition:
        $h or $h2 or ($a and $b)
}

rule hostile_026
{
    meta:
        aim = "document"
        description = "Maldoc kit build identifier"
        author = "doc-team"
        tlp = "white"
    strings:
        $u1 = "uuid:5D20892493BFDB11914A8590D31508C8" nocase
        $u2 = "w:rsidRoot w:val=\"00A3B1C2\""
        $u3 = { 7B 00 35 00 44 00 32 00 30 00 38 00 39 00 32 00 34 00 }
    condition:
        any of them
}

rule hostile_034
{
    meta:
        aim = "document"
        description = "Hospital ransomware log"
        author = "AV Research"
        date = "2016-10-15"
    strings:
        $h = "MSH|^~\\&|"
        $p = "PID|1|"
        $d = /DG1\|\d+\|[^|]{0,8}\|(B2[0-4]|F[2-3]\d|O0[0-4])/
    condition:
        all of them
}

rule hostile_014 : apt
{
    meta:
        aim = "document"
        description = "Android spyware spool file"
        hash = "d0a85ccb0fc933f4939b275ccc511a6d"
    strings:
        $l = /\d{1,2}\/\d{1,2}\/\d{2,4}, \d{1,2}:\d{2} - [^:\n]{2,30}: /
        $m = "<Media omitted>"
        $e = { 65 6E 64 2D 74 6F 2D 65 6E 64 }
    condition:
        #l > 3 and ($m or $e)
}

rule honest_027 : apt
{
    meta:
        aim = "honest"
        description = "KillDisk component"
        author = "AV Research"
    strings:
        $d = "\\\\.\\PhysicalDrive%d" wide ascii
        $i = { 68 ?? ?? 07 00 5? FF 15 }
        $v = "vssadmin delete shadows /all /quiet" nocase wide ascii
        $w = "wevtutil cl System" nocase wide ascii
    condition:
        uint16(0) == 0x5A4D and $d and $i and ($v or $w)
}

rule hostile_098
{
    meta:
        aim = "document"
        description = "Rolling key check of Sality"
        date = "2016-12-13"
        severity = 6
    strings:
        $g = "ge"
    condition:
        for any i in (1..#g) : ( uint8(@g[i]+2) - 1 == 103 and uint8(@g[i]+3) + 3 == 104 and uint8(@g[i]+4) * 2 == 210 and uint16(@g[i]+4) == 0x6D69 )
}

rule honest_025 : dropper
{
    meta:
        aim = "honest"
        description = "PHP eval shell"
        author = "GReAT-like team"
        hash = "faa6fc967ce1b6c3db4334a72cc69405"
    strings:
        $p = /<\?php[^?]{0,80}@?(eval|assert)\s*\(\s*(base64_decode|gzinflate|\$_(POST|REQUEST|GET))/ nocase
    condition:
        filesize < 200KB and $p
}

rule hostile_089
{
    meta:
        aim = "document"
        description = "FakeTM ransomware unpacked layer"
        author = "M. Keller"
        severity = 9
        hash = "92d271c519cc9c0875cd800d5c359e0a"
        tlp = "white"
    strings:
        $w1 = "Ivan Safronov" ascii wide nocase
        $w2 = { D0 A1 D0 B0 D1 84 D1 80 D0 BE D0 BD D0 BE D0 B2 }
        $w3 = { D1 E0 F4 F0 EE ED EE E2 }
    condition:
        pe.number_of_sections >= 3 and pe.imports("kernel32.dll", "VirtualProtect") and pe.entry_point == 0x1337 or any of ($w*)
}

rule hostile_088 : rat loader
{
    meta:
        aim = "document"
        description = "AV killer module"
        tlp = "green"
    strings:
        $p1 = /(CrowdStrike|SentinelOne|Sophos|Trellix)[^\r\n]{0,60}(roadmap|pricing|win.?loss|renewal)/ nocase ascii wide
        $p2 = "internal only" nocase ascii wide
    condition:
        $p1 and $p2
}

rule honest_017
{
    meta:
        aim = "honest"
        description = "Brazilian banking overlay trojan"
        author = "doc-team"
        hash = "37c7f560c958092930c9ab397f862571"
        tlp = "white"
    strings:
        $b1 = "<|TRAVAR|>" wide ascii
        $b2 = "<|Captura de Tela|>" wide ascii
        $b3 = "TelaFalsa_" wide ascii
        $b4 = "AguardandoConexao" wide ascii
    condition:
        uint16(0) == 0x5A4D and 3 of them
}

rule hostile_060
{
    meta:
        aim = "document"
        description = "Custom encoder of Buhtrap"
        author = "labs"
        date = "2019-11-16"
        tlp = "white"
    strings:
        $e1 = "=D1=81=D0=B5=D0=BA=D1=80=D0=B5=D1=82=D0=BD"
        $e2 = "=D0=B4=D0=BE=D0=B3=D0=BE=D0=B2=D0=BE=D1=80"
        $e3 = "=E1=E5=EB=FB=E5"
    condition:
        2 of them or $e1
}

rule honest_006
{
    meta:
        aim = "honest"
        description = "Mirai scanner component"
        tlp = "amber"
    strings:
        $s1 = "/bin/busybox MIRAI"
        $s2 = "applet not found"
        $t = { 22 51 05 0F 54 }
        $k = "POST /cdn-cgi/"
    condition:
        uint32(0) == 0x464C457F and 2 of them
}

rule honest_019 : rat loader
{
    meta:
        aim = "honest"
        description = "Ryuk note"
        date = "2014-03-27"
    strings:
        $n1 = "All files on each host in the network have been encrypted" nocase
        $n2 = "To get decryption key send bitcoin to" nocase
        $n3 = "balance of shadow universe" nocase
        $n4 = "No decryption software is available in the public" nocase
    condition:
        filesize < 16KB and 2 of them
}

rule hostile_007
{
    meta:
        aim = "document"
        description = "Custom-alphabet base64 of HttpBrowser"
        severity = 5
    strings:
        $z1 = "Paks II" base64("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        $z2 = "iktatoszam" base64("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    condition:
        any of them
}

rule honest_033
{
    meta:
        aim = "honest"
        description = "RTF with Equation.3 OLE overflow"
        author = "GReAT-like team"
        date = "2014-02-23"
        severity = 9
        tlp = "amber"
    strings:
        $r = "{\\rt"
        $c = "02ce020000000000c000000000000046" nocase
        $o = "\\objdata" nocase
        $f = "4d45544146494c4550494354" nocase
    condition:
        $r at 0 and $o and $c and not $f
}

rule honest_039
{
    meta:
        aim = "honest"
        description = "Browser password stealer"
        hash = "4ac949ccb95f188925766ede0c9248c4"
    strings:
        $q1 = "SELECT origin_url, username_value, password_value FROM logins" ascii wide nocase
        $q2 = "\\Google\\Chrome\\User Data\\Default\\Login Data" ascii wide
        $a = "CryptUnprotectData"
        $g = "gate.php" ascii wide
    condition:
        uint16(0) == 0x5A4D and $q1 and $q2 and ($a or $g)
}

rule hostile_051
{
    meta:
        aim = "document"
        description = "OceanLotus encrypted resource"
        date = "2018-02-05"
        severity = 10
        hash = "222a5f1f8d26f5912d5d9b6c11389a9d"
    strings:
        $t1 = { E0 B8 A5 E0 B8 B1 E0 B8 9A E0 B8 97 E0 B8 B5 E0 B9 88 E0 B8 AA E0 B8 B8 E0 B8 94 }
        $t2 = { C5 D1 BA B7 D5 E8 CA D8 B4 }
        $t3 = { 54 55 59 E1 BB 86 54 20 4D E1 BA AC 54 }
        $t4 = { 54 00 55 00 59 00 C6 1E 54 00 20 00 4D 00 AC 1E 54 00 }
    condition:
        any of them
}

rule hostile_019
{
    meta:
        aim = "document"
        description = "Base64 chunk seen in Loki droppers"
        author = "GReAT-like team"
        hash = "1c55f357956f61c060ba831ed9f84317"
    strings:
        $c1 = "0KHQldCa0KDQldCi0J3Qn"
        $c2 = "Ch0JXQmtCg0JXQotCd0J"
        $c3 = "QodCV0JrQoNCV0KLQndCe"
        $c4 = "5YaF6YOo6LWE5paZ"
    condition:
        any of ($c*)
}

rule hostile_004
{
    meta:
        aim = "document"
        description = "ShadowPad module table check"
        author = "unit 7"
        hash = "ddc1a4a53ec62d812bebe9c9a903f2e8"
    strings:
        $o = { 3A 67 }
    condition:
        for any i in (1..#o) : ( uint16(@o[i] + 2) - 0x5B00 == 0xC6 and (uint16(@o[i]) >> 8) == 0x67 )
}

rule hostile_091 : dropper
{
    meta:
        aim = "document"
        description = "CVE-2017-11882 RTF obfuscation"
        author = "R&D detection"
        date = "2016-10-19"
        tlp = "white"
    strings:
        $r = "{\\rtf"
        $u = /\\u1090.{1,6}\\u1072.{1,6}\\u1108.{1,6}\\u1084/
        $v = "\\'f2\\'e0\\'ba\\'ec\\'ed\\'ee"
    condition:
        $r at 0 and ($u or $v)
}

rule hostile_044 : backdoor
{
    meta:
        aim = "document"
        description = "Magic constants of XTEA variant"
        severity = 10
        hash = "f9466db4fce0fa19b73d0b0576b76e60"
    condition:
        for any i in (0..2000) : ( for any k in (0x004F004E, 0x00490053) : ( uint32(i) == k ) and uint32(i+4) == 0x004F0046 and uint32(i+8) == 0x004E0052 )
}

rule honest_022 : stealer
{
    meta:
        aim = "honest"
        description = "Known installer stub"
        author = "M. Keller"
        date = "2015-02-14"
    condition:
        uint16(0) == 0x5A4D and filesize == 48128 and hash.sha256(0, filesize) == "7c222fb2927d828af22f592134e8932480637c0d5e1d0b2f9d2f4a1f9e0f3c55"
}

rule hostile_057 : ransom
{
    meta:
        aim = "document"
        description = "Encoded PowerShell stager"
        author = "R&D detection"
        severity = 6
        tlp = "green"
    strings:
        $b = "Salario bruto" base64
        $b2 = "afiliado sindical" base64
    condition:
        any of ($b*)
}

rule honest_002 : dropper
{
    meta:
        aim = "honest"
        description = "Sandro loader"
        hash = "736acef37a7adc316f69d905a2262549"
    strings:
        $pdb = "d:\\work\\sandro\\release\\inject64.pdb" nocase
        $mtx = "Global\\{7A1C-SNDR-01}" wide
        $ua = "Mozilla/4.0 (compatible; MSIE 6.1; SNDR)"
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule hostile_042
{
    meta:
        aim = "document"
        description = "MoleRats loader string table"
        author = "GReAT-like team"
        date = "2019-12-26"
        severity = 5
    strings:
        $q1 = { D7 A1 D7 95 D7 93 D7 99 20 D7 91 D7 99 D7 95 D7 AA D7 A8 }
        $q2 = { F1 E5 E3 E9 20 E1 E9 E5 FA F8 }
        $q3 = { E1 05 D5 05 D3 05 D9 05 20 00 D1 05 D9 05 D5 05 EA 05 E8 05 }
    condition:
        any of ($q*)
}

rule honest_012 : dropper
{
    meta:
        aim = "honest"
        description = "Anubis overlay injector"
        author = "labs"
        date = "2014-09-20"
        hash = "d55f8329e4501967623266a1cf0045f9"
        tlp = "green"
    strings:
        $d1 = "Landroid/accessibilityservice/AccessibilityService;"
        $d2 = "/o1o/a3.php"
        $d3 = "getInjects"
        $d4 = "spamSMS"
    condition:
        uint32be(0) == 0x6465780A and 3 of them
}

rule honest_001
{
    meta:
        aim = "honest"
        description = "Track data scraper"
        author = "GReAT-like team"
        date = "2014-10-05"
    strings:
        $r1 = "((%?[Bb;]?)[0-9]{13,19}[=D][0-9]{5,30}" ascii wide
        $api = "ReadProcessMemory"
        $api2 = "CreateToolhelp32Snapshot"
        $l = { 3C 3D 74 ?? 3C 44 74 ?? 3C 5E 74 }
    condition:
        uint16(0) == 0x5A4D and all of ($api*) and ($r1 or $l)
}

rule hostile_062 : backdoor
{
    meta:
        aim = "document"
        description = "APT28 Zebrocy delivery artefact"
        author = "unit 7"
        date = "2016-03-11"
        hash = "a1560f7cf688a45d648b3d123c8b5679"
    strings:
        $s1 = "VS-NfD" ascii wide
        $s2 = { 4E 00 55 00 52 00 20 00 46 00 DC 00 52 00 20 00 44 00 45 00 4E 00 20 00 44 00 49 00 45 00 4E 00 53 00 54 00 47 00 45 00 42 00 52 00 41 00 55 00 43 00 48 00 }
        $s3 = { 4E 55 52 20 46 DC 52 20 44 45 4E 20 44 49 45 4E 53 54 47 45 42 52 41 55 43 48 }
        $s4 = { 4E 55 52 20 46 C3 9C 52 20 44 45 4E 20 44 49 45 4E 53 54 47 45 42 52 41 55 43 48 }
    condition:
        any of them and uint16(0) != 0x5A4D
}

rule honest_003
{
    meta:
        aim = "honest"
        description = "China Chopper server side"
        author = "unit 7"
        date = "2016-07-22"
    strings:
        $a = /<%@ ?Page Language="?Jscript"?%><%eval\(Request\.Item\[.{1,40}\], ?"unsafe"\)/ nocase
    condition:
        $a
}

rule hostile_012
{
    meta:
        aim = "document"
        description = "Turla Kazuar C2 staging"
        author = "AV Research"
        date = "2016-12-23"
    strings:
        $f1 = "CONFIDENTIEL DEFENSE" nocase ascii wide
        $f2 = "DIFFUSION RESTREINTE" nocase ascii wide
        $f3 = "SECRET DEFENSE" nocase ascii wide
        $f4 = /SP(E|\xC9|\xC3\x89)CIAL FRANCE/ nocase
    condition:
        any of ($f*)
}

rule hostile_025
{
    meta:
        aim = "document"
        description = "Stuxnet-like PLC block pattern"
        author = "Threat Ops"
        severity = 7
    strings:
        $r = /\x6e\x75\x63\x6c\x65\x61\x72/
        $s = /\x72\x65\x61\x63\x74\x6f\x72\s\x63\x6f\x72\x65/
    condition:
        $r and $s
}

rule hostile_029
{
    meta:
        aim = "document"
        description = "Generic RAT strings"
        hash = "1aad95901e1ab15d74b2d277d3eb5cc8"
        tlp = "green"
    strings:
        $s1 = "VirtualAllocEx" 
        $s2 = "WriteProcessMemory"
        $s3 = "CreateRemoteThread"
        $s4 = "M&A target" ascii wide nocase
        $s5 = "keylogger_start"
        $s6 = "inject_dll_x64"
        $s7 = "cmd.exe /c ping 127.0.0.1"
        $s8 = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"
        $s9 = "taskkill /f /im"
        $s10 = "bot_id="
    condition:
        ($s1 and $s2 and $s3 and $s5) or ($s6 and $s7 and $s8) or $s4 or ($s9 and $s10)
}

rule hostile_093
{
    meta:
        aim = "document"
        description = "PDF heap spray via info dictionary"
    strings:
        $f = /<FEFF041F04400438043A04300437/ nocase
        $g = { FE FF 04 1F 04 40 04 38 04 3A 04 30 04 37 }
        $h = { FE FF 00 47 00 65 00 68 00 65 00 69 00 6D }
    condition:
        uint32be(0) == 0x25504446 and 1 of them
}

rule honest_026
{
    meta:
        aim = "honest"
        description = "OSX OceanLotus backdoor"
        date = "2019-11-07"
        severity = 9
    strings:
        $l = "/Library/LaunchAgents/com.apple.screen.assistantd.plist"
        $t = "touch -t 1401012359"
        $p = "ioreg -rd1 -c IOPlatformExpertDevice"
    condition:
        (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and 2 of them
}

rule hostile_061 : rat loader
{
    meta:
        aim = "document"
        description = "Hacktool list"
        author = "labs"
    strings:
        $u1 = "strike ballot" nocase ascii wide
        $u2 = "shop steward" nocase ascii wide
        $u3 = "Betriebsrat" ascii wide
        $u4 = "Streikkasse" ascii wide
        $d1 = "mimikatz" nocase
        $d2 = "sekurlsa::logonpasswords" nocase
    condition:
        2 of ($u*) or all of ($d*)
}

rule hostile_082
{
    meta:
        aim = "document"
        description = "WhiteBear orchestrator tasking"
        date = "2016-06-02"
        severity = 10
        tlp = "white"
    strings:
        $s1 = /\b1\. ?SITUATION/ ascii wide
        $s2 = /\b2\. ?MISSION/ ascii wide
        $s3 = /\b3\. ?EXECUTION/ ascii wide
        $s4 = "Enemy Forces" nocase ascii wide
    condition:
        3 of ($s*) and filesize < 5MB
}

rule hostile_085 : rat loader
{
    meta:
        aim = "document"
        description = "Industrial espionage worm marker"
        date = "2015-11-03"
        severity = 5
        hash = "135b187f788b108306f178407d4812b9"
    strings:
        $i = "ISO-10303-21"
        $n = /FILE_NAME ?\([^;]{0,300}(rheinmetall|mbda|thales|hensoldt|turbine)/ nocase
    condition:
        $i at 0 and $n
}

rule hostile_077
{
    meta:
        aim = "document"
        description = "Shellcode header constant check"
        author = "R&D detection"
        date = "2015-11-21"
    condition:
        for any i in (0..2048) : ( uint32be(i) == 0x544F5020 and uint32be(i+4) == 0x53454352 )
}

rule hostile_043
{
    meta:
        aim = "document"
        description = "Polymorphic two-byte opcode pairs"
        author = "AV Research"
    strings:
        $p = { (D0 A1 | D1 81) D0 (95 | B5) D0 (9A | BA) (D0 A0 | D1 80) D0 (95 | B5) (D0 A2 | D1 82) }
        $q = { D2 9A D2 B1 D0 BF D0 B8 D1 8F }
        $r = { E1 88 9D E1 88 B5 E1 8C A2 E1 88 AD }
    condition:
        any of them
}

rule honest_018 : apt
{
    meta:
        aim = "honest"
        description = "Process hollowing injector"
        date = "2017-12-18"
    strings:
        $a1 = "NtUnmapViewOfSection" ascii
        $a2 = "WriteProcessMemory" ascii
        $a3 = "SetThreadContext" ascii
        $c = { 6A 04 68 00 30 00 00 FF 76 50 FF 76 34 }
    condition:
        uint16(0) == 0x5A4D and all of ($a*) and $c
}

rule hostile_059
{
    meta:
        aim = "document"
        description = "FinFisher VM handler"
        author = "GReAT-like team"
        hash = "6e269a7b6a8462a653b4429a5514d368"
    strings:
        $code = { 9C 60 68 ?? ?? ?? ?? 0F 31 C3 }
        $t = "Khadija Ismayilova" ascii wide nocase
    condition:
        ($code or not $code) and $t
}

rule hostile_066
{
    meta:
        aim = "document"
        description = "Spam bot template engine"
        author = "R&D detection"
    strings:
        $h1 = /\r\n(From|To|Cc): [^\r\n]{0,80}@([a-z]+\.)?mil\.gov\.ua/ nocase
        $h2 = "Received: from"
    condition:
        $h1 and $h2 in (0..2048)
}

rule honest_016 : backdoor
{
    meta:
        aim = "honest"
        description = "Gh0st variant debug messages"
        author = "R&D detection"
        date = "2018-09-21"
    strings:
        $c1 = { BC FC C5 CC BC C7 C2 BC }
        $c2 = { D4 B6 B3 CC BF D8 D6 C6 }
        $g = "Gh0st" 
        $z = { 78 9C }
        $d = "\\\\.\\RESSDTDOS"
    condition:
        uint16(0) == 0x5A4D and 1 of ($c*) and ($g or $d) and $z
}

rule hostile_094 : ransom
{
    meta:
        aim = "document"
        description = "SMTP C2 relay header"
        author = "labs"
        date = "2019-06-03"
        hash = "c89484ac62b028d24d1055e1183e25de"
        tlp = "amber"
    strings:
        $x1 = /X-Originating-IP: \[194\.44\.\d{1,3}\.\d{1,3}\]/
        $x2 = /Message-ID: <[^>]{5,60}@[a-z0-9.\-]{0,30}(osce|opcw|icc-cpi|ecb)\.(org|int|europa\.eu)>/ nocase
        $x3 = /Thread-Topic: [^\r\n]{0,40}(sanction|ceasefire|indictment)/ nocase
    condition:
        $x1 or $x2 or $x3
}

rule hostile_035
{
    meta:
        aim = "document"
        description = "Emotet epoch 5 spreader"
        date = "2018-06-04"
        hash = "727f4f4fa674fea0466b8ff4985a998a"
    strings:
        $s1 = { 53 7A 69 67 6F 72 FA 61 6E 20 74 69 74 6B 6F 73 }
        $s2 = { 53 7A 69 67 6F 72 C3 BA 61 6E 20 74 69 74 6B 6F 73 }
        $s3 = { 48 6F 6E 76 E9 64 65 6C 6D 69 20 4D 69 6E 69 73 7A 74 E9 72 69 75 6D }
        $s4 = { 48 6F 6E 76 C3 A9 64 65 6C 6D 69 20 4D 69 6E 69 73 7A 74 C3 A9 72 69 75 6D }
    condition:
        any of ($s1, $s2) and any of ($s3, $s4)
}

rule hostile_015
{
    meta:
        aim = "document"
        description = "XLSX downloader variant C"
        author = "doc-team"
        hash = "e689781737d47041a6d9a8b781680a84"
    strings:
        $s0 = "<sst xmlns="
        $s1 = "<t>Gehalt"
        $s2 = "<t>Personalnummer"
        $s3 = "<t>Bonus"
        $s4 = "<t>Salary"
        $s5 = "<t>Employee ID"
    condition:
        $s0 at 0 and 2 of ($s1, $s2, $s3, $s4, $s5) or (#s0 == 1 and 2 of ($s*) and $s2)
}

rule hostile_010 : apt
{
    meta:
        aim = "document"
        description = "Maldoc builder fingerprint"
        date = "2018-07-19"
    strings:
        $x1 = "<dc:creator>"
        $x2 = "<cp:lastModifiedBy>"
        $n = /<(dc:creator|cp:lastModifiedBy)>[^<]{0,40}(mod\.gov|mfa\.gov|mil\.)[^<]{0,40}</ nocase
    condition:
        ($x1 or $x2) and $n
}

rule hostile_016
{
    meta:
        aim = "document"
        description = "Balkan door backdoor"
        author = "M. Keller"
    strings:
        $s1 = { D0 A1 D1 82 D1 80 D0 BE D0 B3 D0 BE 20 D0 BF D0 BE D0 B2 D0 B5 D1 80 D1 99 D0 B8 D0 B2 D0 BE }
        $s2 = { 21 04 42 04 40 04 3E 04 33 04 3E 04 20 00 3F 04 3E 04 32 04 35 04 40 04 59 04 38 04 32 04 3E 04 }
        $s3 = { D1 F2 F0 EE E3 EE 20 F1 E5 EA F0 E5 F2 ED EE }
        $s4 = { D0 95 D0 93 D0 9D [1-3] 3? 3? 3? 3? 3? 3? 3? 3? 3? 3? }
        $s5 = "Strogo poverljivo" ascii wide nocase
    condition:
        any of them
}

rule hostile_056
{
    meta:
        aim = "document"
        description = "Car-themed adware config"
        severity = 7
        tlp = "green"
    strings:
        $p = /[A-Z]{3}-\d{3}\b/ ascii wide
        $t = { 52 65 6E 64 73 7A (C3 A1 | E1) 6D }
        $o = "Tulajdonos" nocase ascii wide
    condition:
        $p and $t and $o
}
