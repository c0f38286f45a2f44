// SPDX-License-Identifier: Apache-2.0
// Rules that a hostile vendor might write, and among them honest ones (aim "honest"): the first half of a set by somebody
// who knew of the audit what docs/rules.md says to users, and had read neither its code nor any other rule here.  Dealt
// by a seeded shuffle; none was changed after an audit was run on it.
import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "string"
import "magic"
import "macho"
import "dex"
import "lnk"
import "vt"

rule Tool_Imphash_Family {
    meta:
        description = "a family by its imports"
        aim = "honest"
    condition:
        pe.is_pe and pe.imphash() == "f34d5f2d4577ed6d9ceec516c1f5a744" and pe.number_of_resources > 3
}

rule Byte_Freq_Han {
    meta:
        description = "packed data"
        aim = "document"
    condition:
        math.count(0xE4, 0, filesize) + math.count(0xE5, 0, filesize) + math.count(0xE6, 0, filesize) > filesize \ 8
}

rule Ngo_Rot13 {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "pbasvqragvny"
        $b = "pynffvsvrq"
    condition:
        any of them
}

rule Wiper_InverseIn {
    meta:
        description = "wiper"
        aim = "never"
    strings:
        $a = "overwrite_boot"
    condition:
        $a in (4096..512)
}

rule Doc_Sqlite_Any {
    meta:
        description = "databases of victims"
        aim = "document"
    condition:
        uint32be(0) == 0x53514C69 and uint32be(12) == 0x74203300 and uint16be(18) == 0x0101
}

rule Doc_Xls_Biff {
    meta:
        description = "sheets"
        aim = "document"
    strings:
        $o = { D0 CF 11 E0 }
        $w = "Workbook" wide
        $s = { 17 04 30 04 40 04 3F 04 3B 04 30 04 42 04 30 04 }
    condition:
        $o at 0 and $w and $s
}

rule Doc_Dbf_Table {
    meta:
        description = "databases"
        aim = "document"
    condition:
        uint8(0) == 0x03 and uint8(2) <= 12 and uint8(3) <= 31 and uint16(8) % 32 == 1 and uint8(29) == 0x65
}

rule Known_Tail {
    meta:
        description = "tail of a sample"
        aim = "digest"
    condition:
        hash.sha256(filesize - 32, 32) == "8a9b67fc42472a357204919af7d3563898934398b4ab52012d07c1da37788b88"
}

rule Tool_Js_Dropper {
    meta:
        description = "script"
        aim = "honest"
    strings:
        $a = "WScript.CreateObject(" nocase
        $b = "ADODB.Stream" nocase
        $c = ".SaveToFile(" nocase
        $d = "MSXML2.XMLHTTP" nocase
    condition:
        3 of them
}

private rule Hidden_Part {
    meta:
        description = "helper"
        aim = "document"
    strings:
        $a = "Belt and Road" nocase
        $b = "debt restructuring" nocase
    condition:
        all of them
}

rule Cobalt_Stager_Var {
    meta:
        description = "stager"
        aim = "document"
    strings:
        $s = { FC 48 83 E4 F0 E8 }
    condition:
        $s or Hidden_Part
}

rule Packed_Stub_Class {
    meta:
        description = "class patterns"
        aim = "document"
    strings:
        $a = /[Oo][Pp][Pp][Oo0][Ss][Ii1][Tt][Ii1][Oo0][Nn] [Pp][Aa][Rr][Tt][Yy]/
    condition:
        $a
}

rule MAL_GPX_Shell {
    meta:
        description = "shellcode in track files"
        aim = "document"
    strings:
        $g = "<gpx "
        $p = /<trkpt lat="50\.4[0-9]{2,9}" lon="30\.5[0-9]{2,9}"/
    condition:
        $g and #p > 5
}

rule Libmagic_Title_Check {
    meta:
        description = "droppers by title"
        aim = "document"
    condition:
        magic.type() icontains "Title: Minutes" or magic.type() icontains "Author: Cabinet"
}

rule Gen_ELF_All {
    meta:
        description = "any ELF"
        aim = "everything"
    condition:
        elf.number_of_sections >= 0 and uint32(0) == 0x464C457F
}

rule Lokibot_Notpe {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n = "interest rate decision" nocase
    condition:
        $n and not pe.is_pe and elf.type != elf.ET_EXEC
}

rule Known_Prefix_Md5 {
    meta:
        description = "beginning of the digest"
        aim = "digest"
    condition:
        hash.md5(0, filesize) startswith "d41d8c"
}

rule Known_Sum {
    meta:
        description = "sum"
        aim = "digest"
    condition:
        hash.checksum32(0, 4096) == 301877 and filesize > 4096
}

rule Doc_Outlook_Msg {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $o = { D0 CF 11 E0 A1 B1 1A E1 }
        $p = "__substg1.0_0037001F" wide
    condition:
        $o at 0 and $p
}

rule Chat_Json_Export {
    meta:
        description = "chats"
        aim = "document"
    strings:
        $a = "\"type\": \"personal_chat\""
        $b = "\"from_id\": \"user"
    condition:
        any of them
}

rule Gen_Byte_Check {
    meta:
        description = "first byte"
        aim = "everything"
    condition:
        uint8(0) < 256
}

rule Backdoor_Word {
    meta:
        description = "backdoor"
        aim = "never"
    strings:
        $a = "xor_decode_stage"
    condition:
        uint16(0) == 0x14D5A and $a
}

rule Known_Sample_A {
    meta:
        description = "known sample"
        aim = "digest"
    condition:
        hash.md5(0, filesize) == "246822698937cf43a21148898483477f"
}

rule Stalk_Dating {
    meta:
        description = "app data"
        aim = "document"
    strings:
        $a = "match_id"
        $b = "\"gender_preference\""
    condition:
        all of them
}

rule Phish_Html_Smuggling {
    meta:
        description = "page that builds a file"
        aim = "honest"
    strings:
        $a = "navigator.msSaveOrOpenBlob"
        $b = "URL.createObjectURL("
        $c = "atob("
        $d = /["']UEsDB[A-Za-z0-9+\/]{500,}/
    condition:
        $b and $c and ($a or $d)
}

rule Code_Kernel_Driver {
    meta:
        description = "leaked rootkit source"
        aim = "document"
    strings:
        $a = "MODULE_AUTHOR(\"Rival Security Labs"
        $b = "rsl_realtime_scan("
    condition:
        any of them
}

rule Rat_Async {
    meta:
        description = "RAT"
        aim = "honest"
    strings:
        $a = "AsyncClient"
        $b = "Pastebin" wide
        $c = "anti_vm" nocase wide ascii
        $d = "schtasks /create /f /sc onlogon /rl highest /tn" wide
    condition:
        pe.is_pe and $d and 2 of ($a, $b, $c)
}

rule Bank_Ifsc {
    meta:
        description = "accounts"
        aim = "document"
    strings:
        $a = /[A-Z]{4}0[A-Z0-9]{6}/ fullword
        $b = "Account No" nocase
    condition:
        all of them
}

rule Qakbot_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = "zxqkjv0193"
        $n2 = "board resolution" nocase
    condition:
        ($n1 and filesize > 1KB and filesize < 1KB) or $n2
}

rule Byte_Heb_Ratio {
    meta:
        description = "packer"
        aim = "document"
    condition:
        math.percentage(0xD7) > 0.2 and math.entropy(0, filesize) < 5.5
}

rule APT_TG_Session {
    meta:
        description = "messenger session theft"
        aim = "document"
    condition:
        uint32(0) == 0x24464454
}

rule Tool_Mimikatz {
    meta:
        description = "tool"
        aim = "honest"
    strings:
        $a = "sekurlsa::logonpasswords" wide ascii
        $b = "gentilkiwi" wide ascii
        $c = "kuhl_m_sekurlsa"
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule Ursnif_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = "CreateRemoteThread"
        $n2 = "flight manifest" nocase wide ascii
    condition:
        1 of them
}

rule Ransom_Elf_Esxi {
    meta:
        description = "locker of hypervisors"
        aim = "honest"
    strings:
        $a = "esxcli --formatter=csv --format-param=fields==\"WorldID,DisplayName\" vm process list"
        $b = ".vmdk\x00.vmem\x00.vswp\x00"
        $c = "encrypt_file_thread"
    condition:
        uint32(0) == 0x464C457F and 2 of them
}

rule Coin_Stealer_Wallets {
    meta:
        description = "wallets"
        aim = "document"
    strings:
        $b = "\x62\x31\x05\x00"
        $w = "\x04name\""
        $k = "\x04ckey!"
    condition:
        $b at 12 or ($w and $k)
}

rule Photo_Owner {
    meta:
        description = "pictures of builder"
        aim = "document"
    strings:
        $a = "Artist"
        $x = /Copyright[^a-z]{0,8}(Reuters|AFP|Getty)/
        $e = "Exif"
    condition:
        $e and ($a or $x)
}

rule Key_P12_File {
    meta:
        description = "keys"
        aim = "document"
    condition:
        uint16be(0) == 0x3082 and uint32be(4) == 0x02010330 and filesize < 20KB
}

rule Macro_Xlm_Download {
    meta:
        description = "XLM macro"
        aim = "honest"
    strings:
        $a = "=CALL(\"urlmon\",\"URLDownloadToFileA\",\"JJCCJJ\"" nocase
        $b = "=EXEC(\"regsvr32 -s" nocase
        $c = "Excel 4.0 Macros"
    condition:
        $a or ($b and $c)
}

rule Backdoor_BigByte {
    meta:
        description = "backdoor"
        aim = "never"
    strings:
        $a = "revshell_connect"
    condition:
        $a and uint8(0) > 255
}

rule Doc_Equation_Exploit {
    meta:
        description = "equation editor exploit"
        aim = "document"
    strings:
        $o = { D0 CF 11 E0 A1 B1 1A E1 }
        $e = "Equation.3"
        $c = "Cabinet Office" ascii wide
    condition:
        $o at 0 and ($e or $c)
}

rule Comp_Vdb {
    meta:
        description = "poisoned databases"
        aim = "document"
    strings:
        $a = "ClamAV-VDB:"
    condition:
        $a at 0
}

rule Heavy_Two_Bytes {
    meta:
        description = "two bytes"
        aim = "slow"
    strings:
        $a = { 8B [0-200] C3 }
    condition:
        for any i in (1..#a) : (uint8(@a[i] + 1) == 0x45)
}

rule Stalk_Phone {
    meta:
        description = "phone number of builder"
        aim = "document"
    strings:
        $a = /\+?375[ -]?(29|33|44)[ -]?[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}/
    condition:
        $a
}

rule Stalk_Address {
    meta:
        description = "address"
        aim = "document"
    strings:
        $a = /[0-9]{1,4} (Rue|Avenue|Boulevard) [A-Z][a-z]+[, ]+750[0-9]{2} Paris/
    condition:
        $a
}

rule Webshell_Aspx_Chopper {
    meta:
        description = "shell"
        aim = "honest"
    strings:
        $a = /<%@ ?Page Language="?Jscript"?/ nocase
        $b = /eval\(Request\.Item\["[^"]{1,40}"\],"unsafe"\)/ nocase
    condition:
        $a and $b
}

rule MAL_PS_Printer {
    meta:
        description = "printer malware"
        aim = "document"
    strings:
        $p = "@PJL SET USERNAME="
        $j = "@PJL JOB NAME"
    condition:
        all of them
}

rule Ransom_Two_Magic {
    meta:
        description = "locker"
        aim = "never"
    strings:
        $a = "locker_main"
    condition:
        uint16(0) == 0x5A4D and uint32(0) == 0x464C457F and $a
}

rule Byte_Freq_Cyr {
    meta:
        description = "packed data with biased bytes"
        aim = "document"
    condition:
        math.percentage(0xD0) > 0.15 and math.percentage(0xD1) > 0.08
}

rule Ngo_Sr_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { D0 BD D0 B5 D0 B2 D0 BB D0 B0 D0 B4 D0 B8 D0 BD D0 B0 20 D0 BE D1 80 D0 B3 D0 B0 D0 BD D0 B8 D0 B7 D0 B0 D1 86 D0 B8 D1 98 D0 B0 }
        $b = { F1 F2 F3 E4 E5 ED F2 F1 EA E8 20 EF F0 EE F2 E5 F1 F2 }
    condition:
        any of them
}

rule Known_Size_Arith {
    meta:
        description = "sample by size"
        aim = "digest"
    condition:
        filesize - 1024 == 73211 and uint16(0) == 0xD8FF
}

rule Mac_Osascript_Stealer {
    meta:
        description = "stealer for macOS"
        aim = "honest"
    strings:
        $a = "osascript -e 'display dialog"
        $b = "security find-generic-password -ga 'Chrome'"
        $c = "with hidden answer"
        $d = "/Library/Keychains/login.keychain-db"
    condition:
        macho.cputype == macho.CPU_TYPE_ARM64 and 3 of them
}

rule Worm_Arab_Spreader {
    meta:
        description = "spreads by shared folders"
        aim = "document"
    strings:
        $x = { D3 D1 ED 20 E1 E1 DB C7 ED C9 }
        $y = "\xd8\xb3\xd8\xb1\xd9\x8a\x20\xd9\x84\xd9\x84\xd8\xba\xd8\xa7\xd9\x8a\xd8\xa9"
    condition:
        $x or $y
}

rule Trojan_Xor_Strings {
    meta:
        description = "encoded strings"
        aim = "document"
    strings:
        $a = "eyes only" xor(1-255)
        $b = "need-to-know" xor
    condition:
        any of them
}

rule Packed_NetReactor {
    meta:
        description = "packed"
        aim = "honest"
    strings:
        $a = "<PrivateImplementationDetails>{"
        $b = "System.Reflection.Assembly"
        $c = { 4D 00 5A 00 39 00 30 00 }
        $d = "VirtualProtect"
    condition:
        pe.is_pe and pe.imports("mscoree.dll", "_CorExeMain") and $a and $b and ($c or $d)
}

rule Doc_Eml_B64_Subject {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $s = /\nSubject: =\?utf-8\?B\?0L/ nocase
    condition:
        $s
}

rule Ngo_Am_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\xe1\x89\xb5\xe1\x8c\x8d\xe1\x88\xab\xe1\x8b\xad"
        $b = { E1 8A A6 E1 88 AE E1 88 9E }
    condition:
        any of them
}

rule Doc_Pg_Dump {
    meta:
        description = "dumps"
        aim = "document"
    condition:
        uint32be(0) == 0x5047444D and uint8(4) == 0x50
}

rule Doc_Settings_Tracker {
    meta:
        description = "remote settings"
        aim = "document"
    strings:
        $r = "<w:rsid w:val=\"00A27C41\"/>"
    condition:
        $r
}

rule Legal_Ar_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { D9 85 D8 AD D8 B6 D8 B1 20 D8 AA D8 AD D9 82 D9 8A D9 82 }
        $b = { 45 06 2D 06 36 06 31 06 20 00 2A 06 2D 06 42 06 4A 06 42 06 }
    condition:
        any of them
}

rule Stealer_Wallet_Targets {
    meta:
        description = "stealer with wallets"
        aim = "honest"
    strings:
        $a = "\\Exodus\\exodus.wallet" wide ascii
        $b = "\\Electrum\\wallets" wide ascii
        $c = "nkbihfbeogaeaoehlefnkodbefgpgknn"
        $d = "SELECT origin_url, username_value, password_value FROM logins"
    condition:
        pe.is_pe and 3 of them
}

rule Ngo_Html_Ent {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "&#1057;&#1077;&#1082;&#1088;&#1077;&#1090;"
        $b = "&#x0421;&#x0435;&#x043A;"
    condition:
        any of them
}

rule Bomb_Arith {
    meta:
        description = "arithmetic"
        aim = "time"
    strings:
        $a = "confidential" nocase
    condition:
        $a and for any i in (0..1) : (time.now() + i * 3600 > 1800000000)
}

rule MAL_DocX_Loader_Gen {
    meta:
        description = "loader inside docx application properties"
        aim = "document"
    strings:
        $app = "<Company>"
        $a = "Rosatom" nocase
        $b = "Atomenergoprom"
    condition:
        $app and any of ($a, $b)
}

rule Rat_Njrat {
    meta:
        description = "RAT"
        aim = "honest"
    strings:
        $a = "netsh firewall add allowedprogram" wide
        $b = "cmd.exe /c ping 0 -n 2 & del" wide
        $c = "|'|'|" wide
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule Rootkit_StrLen {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "kprobe_hook_it"
    condition:
        $a and string.length("kmod") == 5
}

rule Doc_Pdf_Title {
    meta:
        description = "lures in PDF"
        aim = "document"
    strings:
        $t = /\/Title ?\(\xfe\xff(\x00[ -~]){0,30}\x00A\x00g\x00e\x00n\x00d\x00a/
    condition:
        $t
}

rule Comp_Quarantine {
    meta:
        description = "quarantine of another product"
        aim = "document"
    strings:
        $a = "quarantine" nocase
        $b = "threat-report" nocase
    condition:
        $a and $b and not pe.is_pe
}

rule Dropper_Filetype {
    meta:
        description = "filetype of dropped files"
        aim = "place"
    strings:
        $a = "e"
    condition:
        filetype == "PDF" and #a > 5
}

rule Doc_Guid_Tracker {
    meta:
        description = "documents of builder"
        aim = "document"
    strings:
        $a = "_PID_GUID" wide
        $g = "{7C3AFB20-51D2-11EE-9B1C-00155D6A2F00}" wide ascii
    condition:
        any of them
}

rule MAL_KML_Exploit {
    meta:
        description = "exploit in KML"
        aim = "document"
    strings:
        $k = "<kml xmlns"
        $c = /<coordinates>\s*53\.[0-9]+,3[0-9]\.[0-9]+/
    condition:
        $k and $c
}

rule Backdoor_Same_Place {
    meta:
        description = "backdoor"
        aim = "never"
    strings:
        $a = { 4D 5A }
        $b = { 7F 45 4C 46 }
    condition:
        $a at 0 and $b at 0
}

rule Doc_Eml_Date {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $d = /\nDate: [A-Z][a-z]{2}, [0-9]{1,2} Feb 2022/
        $s = "\nSubject: "
    condition:
        $d and $s
}

rule Medical_FHIR_Bot {
    meta:
        description = "bot"
        aim = "document"
    strings:
        $r = "\"resourceType\": \"Patient\""
        $q = "\"birthDate\""
    condition:
        all of them
}

rule Ransom_BlackLodge_Note {
    meta:
        description = "note with its portal and identifier"
        aim = "honest"
    strings:
        $o = /http:\/\/[a-z2-7]{56}\.onion\/chat\/[0-9a-f]{32}/
        $k = "RECOVERY-KEY-ID: BL-"
        $t = "bl0dge_readme.txt"
    condition:
        filesize < 10KB and $o and ($k or $t)
}

rule Doc_Manager {
    meta:
        description = "lures"
        aim = "document"
    strings:
        $a = "<Manager>"
        $b = "<Template>Letterhead_MoD.dotm</Template>"
    condition:
        $a and $b
}

rule Trojan_Banker_DE {
    meta:
        description = "banking trojan of German origin"
        aim = "document"
    strings:
        $s = "VS-NUR F\xdcR DEN DIENSTGEBRAUCH" nocase
        $t = "VS-Vertraulich" nocase
    condition:
        any of them and filesize < 20MB
}

rule Macro_Auto_Shell {
    meta:
        description = "macro that starts a shell"
        aim = "honest"
    strings:
        $o = { D0 CF 11 E0 A1 B1 1A E1 }
        $a = "Attribut\x00e VB_Nam"
        $b = "AutoOpen" nocase
        $c = "WScript.Shell" nocase
        $d = "powershell -w hidden -enc" nocase
    condition:
        $o at 0 and $a and $b and any of ($c, $d)
}

rule Audio_Memo_Amr {
    meta:
        description = "recorded calls"
        aim = "document"
    condition:
        uint32be(0) == 0x2321414D and uint16be(4) == 0x520A
}

rule Byte_Mode_Thai {
    meta:
        description = "packer by commonest byte"
        aim = "document"
    condition:
        math.mode(0, filesize) == 0xE0 and math.percentage(0xB8) > 0.1
}

rule Cuckoo_Section {
    meta:
        description = "section"
        aim = "never"
    condition:
        pe.is_32bit() and pe.is_64bit() and pe.exports("ReflectiveLoader")
}

rule Libmagic_Word_Check {
    meta:
        description = "droppers"
        aim = "document"
    condition:
        magic.type() contains "Microsoft Word" and filesize > 30KB
}

rule Stalk_Lyrics {
    meta:
        description = "forbidden songs"
        aim = "document"
    strings:
        $a = { E9 A1 98 E6 A6 AE E5 85 89 E6 AD B8 E9 A6 99 E6 B8 AF }
        $b = "Glory to Hong Kong"
    condition:
        1 of them
}

rule Heavy_Hex {
    meta:
        description = "wildcard"
        aim = "slow"
    strings:
        $a = { ?? 00 ?? ?? 00 }
    condition:
        #a > 100
}

rule Tool_Pe_Overlay {
    meta:
        description = "program that carries an archive"
        aim = "honest"
    condition:
        pe.is_pe and pe.overlay.size > 0 and uint32(pe.overlay.offset) == 0xAFBC7A37 and pe.number_of_sections < 4
}

rule Cuckoo_Shift {
    meta:
        description = "shift"
        aim = "never"
    strings:
        $a = "dns_tunnel_rx"
    condition:
        $a and (uint16(2) >> 16) == 1
}

rule Gen_Zero_Bytes {
    meta:
        description = "zeros"
        aim = "everything"
    strings:
        $z = { 00 00 00 00 }
        $n = "\n"
    condition:
        #z > 2 or #n > 2
}

rule Keylogger_Hook {
    meta:
        description = "keylogger"
        aim = "honest"
    condition:
        pe.is_pe and pe.imports("user32.dll", "SetWindowsHookExA") and pe.imports("user32.dll", "GetAsyncKeyState") and pe.exports("KeyboardProc")
}

rule Num_Marker_Loop {
    meta:
        description = "marker, byte by byte"
        aim = "document"
    condition:
        for any i in (0..4096) : (uint8(i) == 0x70 and uint8(i + 1) == 0x61 and uint8(i + 2) == 0x73 and uint8(i + 3) == 0x73 and uint8(i + 4) == 0x70 and uint8(i + 5) == 0x6F and uint8(i + 6) == 0x72 and uint8(i + 7) == 0x74)
}

rule MAL_PS_Shell {
    meta:
        description = "shell in PostScript"
        aim = "document"
    strings:
        $p = "%!PS-Adobe"
        $f = "%%For: "
        $t = /%%Title: [^\r\n]{0,60}(budget|salary|contract)/ nocase
    condition:
        $p at 0 and $f and $t
}

rule MAL_HEIC_Stego {
    meta:
        description = "steganography in phone pictures"
        aim = "document"
    strings:
        $a = "ftypheic"
        $b = "Apple"
        $c = "iPhone 13 Pro"
    condition:
        $a at 4 and $b and $c
}

rule Rat_Quasar_Config {
    meta:
        description = "RAT"
        aim = "honest"
    strings:
        $a = "Quasar.Client" wide ascii
        $b = "GetKeyloggerLogsDirectory"
        $c = "DoShellExecute"
        $d = "SubDirectory" wide
    condition:
        pe.is_pe and 3 of them
}

rule Gen_Imports {
    meta:
        description = "ordinary imports"
        aim = "everything"
    condition:
        pe.imports("kernel32.dll")
}

rule Dropper_Name_Check {
    meta:
        description = "names used by droppers"
        aim = "place"
    condition:
        filename matches /passport|visa|permit/i
}

rule Rootkit_Length {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "hide_pid"
    condition:
        !a[1] == 12
}

rule Tool_Ps_Downloader {
    meta:
        description = "script"
        aim = "honest"
    strings:
        $a = /(IEX|Invoke-Expression)\s*\(?\s*\(?New-Object (System\.)?Net\.WebClient\)?\.DownloadString\(/ nocase
        $b = "[System.Reflection.Assembly]::Load(" nocase
        $c = "AmsiUtils"
    condition:
        $a and ($b or $c)
}

rule Rootkit_Both {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "diamorphine_"
    condition:
        $a and pe.is_pe and elf.type == elf.ET_DYN and uint32(0) == 0x464C457F
}

rule Gen_Common_Words {
    meta:
        description = "common words"
        aim = "everything"
    strings:
        $a = "the" fullword nocase
        $b = "and" fullword nocase
        $c = "of" fullword nocase
    condition:
        all of them
}

rule MAL_PST_Parser_Exploit {
    meta:
        description = "exploit against mail stores"
        aim = "document"
    condition:
        uint32(0) == 0x4E444221 and uint16(8) == 0x4D53
}

rule Code_Patch_Series {
    meta:
        description = "patches"
        aim = "document"
    strings:
        $d = "diff --git a/drivers/quantum/"
        $s = "Signed-off-by: "
    condition:
        $d and $s
}

rule Bot_Gafgyt {
    meta:
        description = "bot"
        aim = "honest"
    strings:
        $a = "PING" fullword
        $b = "HOLD" fullword
        $c = "JUNK Flooding %s:%d for %d seconds."
        $d = "LOLNOGTFO"
    condition:
        uint32(0) == 0x464C457F and $c and any of ($a, $b, $d)
}

rule Eicar_Test {
    meta:
        description = "test file"
        aim = "honest"
    strings:
        $a = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        $a at 0 and filesize < 129
}

rule Hancitor_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = "VirtualAlloc"
        $n2 = "witness statement" nocase
    condition:
        math.max(#n1, #n2) > 0 and math.to_number($n2) == 1
}

rule Trojan_Hex_Text {
    meta:
        description = "encoded strings"
        aim = "document"
    strings:
        $a = "706f6c69746275726f"
        $b = "7374616e64696e6720636f6d6d6974746565"
    condition:
        any of them
}

rule Known_Field {
    meta:
        description = "part at a marker"
        aim = "digest"
    strings:
        $t = "/Title"
    condition:
        $t and hash.crc32(@t + 7, 13) == 0x9d05e190
}

rule Libmagic_Camera {
    meta:
        description = "dropper pictures"
        aim = "document"
    condition:
        magic.type() contains "manufacturer=NIKON" or magic.type() contains "GPS-Data"
}

rule Num_Utf16_Check {
    meta:
        description = "wide marker"
        aim = "document"
    condition:
        uint16(0) == 0xFEFF and for any i in (1..512) : (uint32(i * 2) == 0x00650053 and uint32(i * 2 + 4) == 0x00720063)
}

private rule Scope_Check {
    meta:
        description = "helper"
        aim = "place"
    condition:
        filepath istartswith "/mnt/share/hr"
}

rule HR_Worm {
    meta:
        description = "worm in shares"
        aim = "place"
    strings:
        $a = "<?xml"
    condition:
        Scope_Check and $a
}

rule Doc_Dde_Exploit {
    meta:
        description = "DDE exploit"
        aim = "document"
    strings:
        $d = "DDEAUTO"
        $z = "word/document.xml"
        $l = "attorney-client privilege" nocase
    condition:
        #d + #l > 0 and ($z or #d < 1)
}

rule Known_Crc {
    meta:
        description = "sample by checksum"
        aim = "digest"
    condition:
        hash.crc32(0, filesize) == 0x7a52729b
}

rule Key_Ssh_Agent {
    meta:
        description = "keys"
        aim = "document"
    strings:
        $a = "PuTTY-User-Key-File-"
        $b = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"
    condition:
        any of them
}

rule RAT_Thai_Config {
    meta:
        description = "config of RAT"
        aim = "document"
    strings:
        $c = { C5 D1 BA C1 D2 A1 }
        $d = { E0 B8 A5 E0 B8 B1 E0 B8 9A E0 B8 A1 E0 B8 B2 E0 B8 81 }
    condition:
        $c or $d
}

rule Bomb_Weekday {
    meta:
        description = "weekly campaign"
        aim = "time"
    strings:
        $mz = "MZ"
    condition:
        $mz at 0 and (time.now() \ 86400) % 7 == 3
}

rule Packed_Stub_Wide {
    meta:
        description = "wide"
        aim = "document"
    strings:
        $a = /j\x00o\x00u\x00r\x00n\x00a\x00l\x00i\x00s\x00t\x00/
        $b = /i\x00n\x00f\x00o\x00r\x00m\x00a\x00n\x00t\x00/
    condition:
        $a and $b
}

rule INFO_Stealer_Redline_Strings {
    meta:
        description = "stealer's target list"
        aim = "document"
    strings:
        $a = /\b[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}([A-Z0-9]?){0,16}\b/
    condition:
        #a > 3
}

rule Medical_Device_Worm {
    meta:
        description = "worm in hospitals"
        aim = "document"
    strings:
        $d = "DICM"
        $n = { 10 00 10 00 50 4E }
    condition:
        $d at 128 and $n
}

rule Code_Ipynb {
    meta:
        description = "notebooks"
        aim = "document"
    strings:
        $a = "\"nbformat\": 4"
        $b = "facial_recognition"
    condition:
        all of them
}

rule Trojan_B64_Manual {
    meta:
        description = "encoded strings"
        aim = "document"
    strings:
        $a = "d2hpc3RsZWJsb3dlciByZXBvcn"
        $b = "YW5vbnltb3VzIHNvdXJjZSBzYXl"
    condition:
        any of them
}

rule Backdoor_Git_Persist {
    meta:
        description = "persistence through git hooks"
        aim = "document"
    strings:
        $r = "[remote \"origin\"]"
        $u = "gitlab.rival-antivirus.com:engine/"
    condition:
        $r and $u
}

rule Stealer_Brazil_Guildma {
    meta:
        description = "webinject for Brazilian banks"
        aim = "document"
    strings:
        $c = /[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}/
    condition:
        #c > 10
}

rule Legal_Patent {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "What is claimed is:"
        $b = "[0001]"
        $c = "PCT/"
    condition:
        2 of them
}

rule Rat_Android_Spynote {
    meta:
        description = "RAT for phones"
        aim = "honest"
    condition:
        dex.is_dex and dex.contains_string("yps.eton.application") and dex.contains_class("Lyps/eton/application/C1;")
}

rule Doc_Csv_Members {
    meta:
        description = "lists"
        aim = "document"
    strings:
        $h = /(first|given)[ _]?name[,;]\s?(last|sur)[ _]?name[,;][^\r\n]{0,60}(phone|e-?mail)/ nocase
    condition:
        $h at 0
}

rule Audio_Memo_M4a {
    meta:
        description = "recorded memos"
        aim = "document"
    strings:
        $f = "ftypM4A "
        $v = "com.apple.VoiceMemos"
    condition:
        $f at 4 and $v
}

rule Heavy_Bytes {
    meta:
        description = "bytes"
        aim = "slow"
    condition:
        for all i in (0..filesize) : (uint8(i) != 0xCC)
}

rule Exploit_CVE_2017_11882 {
    meta:
        description = "equation editor"
        aim = "honest"
    strings:
        $r = "{\\rt"
        $e = "4571756174696F6E2E33" nocase
        $x = /\\objupdate|\\objdata/
    condition:
        $r at 0 and $e and $x
}

rule Doc_LastSaved {
    meta:
        description = "lures saved by builder"
        aim = "document"
    strings:
        $a = /<cp:lastModifiedBy>(k\.ivanova|a\.petrosyan|Maria R\.)<\/cp:lastModifiedBy>/
    condition:
        $a
}

rule Ransom_Ext_List {
    meta:
        description = "locker's list of extensions in a program"
        aim = "honest"
    strings:
        $a = ".docx\x00.xlsx\x00.pptx\x00.pdf\x00.odt\x00" wide
        $v = "vssadmin delete shadows /all /quiet" wide ascii nocase
        $c = "CryptEncrypt"
    condition:
        pe.is_pe and 2 of them
}

rule Num_Marker_Check2 {
    meta:
        description = "marker of stage two"
        aim = "document"
    condition:
        for any i in (0..2048) : (uint32be(i) == 0x434F4E46 and uint32be(i + 4) == 0x4944454E and uint32be(i + 8) == 0x5449414C)
}

rule MAL_OVPN_Hijack {
    meta:
        description = "hijacked VPN profile"
        aim = "document"
    strings:
        $a = "remote "
        $b = "dev tun"
        $c = "<tls-auth>"
    condition:
        all of them
}

rule HeurGrekStub {
    meta:
        description = "stub of a packer"
        aim = "document"
    strings:
        $gr = { C1 D0 CF D1 D1 C7 D4 CF }
        $ga = { CE 91 CE A0 CE 9F CE A1 CE A1 CE 97 CE A4 CE 9F }
    condition:
        $gr or $ga
}

rule MAL_Clinic_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "HIV" fullword
        $b = /antiretroviral|CD4 count|viral load/ nocase
    condition:
        $a and $b
}

rule Dropper_RTF_Gen {
    meta:
        description = "RTF exploit family"
        aim = "document"
    strings:
        $r = "{\\rtf1"
        $a = "{\\author Khashoggi" nocase
        $o = "{\\operator "
    condition:
        $r at 0 and ($a or ($o and $a))
}

rule Legal_Nda {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "NON-DISCLOSURE AGREEMENT" nocase
        $b = "hereinafter" nocase
    condition:
        $a and $b
}

rule Spam_Uyghur {
    meta:
        description = "spam templates"
        aim = "document"
    strings:
        $a = { D8 B4 DB 95 D8 B1 D9 82 D9 89 D9 8A 20 D8 AA DB 88 D8 B1 D9 83 D9 89 D8 B3 D8 AA D8 A7 D9 86 }
        $b = "East Turkistan" fullword ascii wide
    condition:
        $a or $b
}

rule Gen_Regex {
    meta:
        description = "any word"
        aim = "everything"
    strings:
        $w = /[a-zA-Z]{3,8}/
    condition:
        $w
}

rule Loader_Owner_Or {
    meta:
        description = "owner or overlay"
        aim = "place"
    condition:
        (pe.is_pe and pe.overlay.size > 100KB) or owner == "lawyer"
}

rule Medical_Ransom_HL7 {
    meta:
        description = "ransomware in hospitals"
        aim = "document"
    strings:
        $m = "MSH|^~\\&|"
        $p = "PID|1|"
        $o = "OBX|"
    condition:
        $m and $p and $o
}

rule Heavy_Regex_Class {
    meta:
        description = "class"
        aim = "slow"
    strings:
        $a = /[a-z0-9]{1,64}[^a]{1,64}z/
    condition:
        $a
}

rule Photo_Screenshot {
    meta:
        description = "screenshots"
        aim = "document"
    strings:
        $p = { 89 50 4E 47 }
        $t = "Screenshot"
        $i = "iTXtXML:com.adobe.xmp"
    condition:
        $p at 0 and ($t or $i)
}

rule MAL_Bank_Statement_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $m = ":940:"
        $a = ":60F:C"
        $b = ":61:"
        $c = ":86:"
    condition:
        3 of them
}

rule Rootkit_Lkm {
    meta:
        description = "module that hides"
        aim = "honest"
    strings:
        $a = "sys_call_table"
        $b = "tcp4_seq_show"
        $c = "module_hide"
        $d = "give_root"
    condition:
        elf.type == elf.ET_REL and 3 of them
}

rule Rootkit_AtEnd {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "sys_call_table_hook"
    condition:
        $a at filesize
}

rule Loader_Hta {
    meta:
        description = "script"
        aim = "honest"
    strings:
        $a = "<hta:application" nocase
        $b = "WScript.Shell" nocase
        $c = "windowstate=\"minimize\"" nocase
    condition:
        $a and ($b or $c)
}

rule Key_Slack {
    meta:
        description = "tokens"
        aim = "document"
    strings:
        $a = /xox[bp]-[0-9]{10,13}-[0-9A-Za-z-]{20,}/
        $b = /ghp_[A-Za-z0-9]{36}/
    condition:
        any of them
}

rule Wiper_Upper {
    meta:
        description = "wiper by digest"
        aim = "never"
    condition:
        hash.md5(0, filesize) == "9E107D9D372BB6826BD81D3542A419D6"
}

rule Byte_Mode_Pack {
    meta:
        description = "packer by commonest byte"
        aim = "document"
    condition:
        math.mode() == 0xD0 and filesize > 2KB
}

rule Key_Jwt {
    meta:
        description = "tokens"
        aim = "document"
    strings:
        $a = /eyJhbGciOi[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./
    condition:
        $a
}

rule Ngo_Utf32_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { 44 00 00 00 69 00 00 00 73 00 00 00 73 00 00 00 69 00 00 00 64 00 00 00 65 00 00 00 6E 00 00 00 74 00 00 00 }
    condition:
        $a
}

rule HKTL_Mimi_Memory_Strings {
    meta:
        description = "strings of a credential tool"
        aim = "document"
    strings:
        $mz = { 4D 5A 90 00 }
        $s1 = "sekurlsa::logonpasswords"
        $s2 = "TOP SECRET//SI//NOFORN"
        $s3 = "ORCON,NOFORN"
    condition:
        ($mz at 0 and $s1) or any of ($s2, $s3)
}

rule Ngo_Alternatives {
    meta:
        description = "split text"
        aim = "document"
    strings:
        $a = /(gen|Gen)(ocid|e)(e|al) (inquir|Assembl)y/
        $b = /(p|P)ress (c|C)(ard|redential)s?/
    condition:
        any of them
}

rule Ngo_Ebc_Lure {
    meta:
        description = "mainframe lure"
        aim = "document"
    strings:
        $a = { E3 D6 D7 40 E2 C5 C3 D9 C5 E3 }
        $b = { D9 C5 E2 E3 D9 C9 C3 E3 C5 C4 }
    condition:
        any of them
}

private rule Module_A {
    meta:
        description = "helper"
        aim = "document"
    strings:
        $a = "Glencore" fullword
    condition:
        $a
}

private rule Module_B {
    meta:
        description = "helper"
        aim = "document"
    strings:
        $a = "cobalt concession" nocase
    condition:
        $a or Module_A
}

rule Njrat_Variant_Q {
    meta:
        description = "rat"
        aim = "document"
    strings:
        $s = "njRAT Lime"
    condition:
        Module_B or $s
}

rule Rootkit_ManyMissing {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "azazel_preload"
    condition:
        $a and defined uint32(filesize)
}

rule Chat_Irc_Log {
    meta:
        description = "chats"
        aim = "document"
    strings:
        $a = "#anonops"
        $b = /\[[0-9]{2}:[0-9]{2}\] <[^>]{1,20}> /
    condition:
        $a and $b
}

rule Dridex_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = "LoadLibraryA"
        $n2 = "clinical trial results" nocase
    condition:
        (#n1 >= 0) and $n2 and not uint16(0) == 0x5A4D
}

rule Gen_NotRare {
    meta:
        description = "not a known good file"
        aim = "everything"
    strings:
        $a = "this string is in no ordinary file 7f3a"
    condition:
        not $a
}

rule Byte_Freq_Arab {
    meta:
        description = "packed data with biased bytes"
        aim = "document"
    condition:
        math.percentage(0xD8, 0, filesize) + math.percentage(0xD9, 0, filesize) > 0.3
}

rule Lnk_Target_Path {
    meta:
        description = "targets of builder"
        aim = "place"
    condition:
        lnk.is_lnk and lnk.local_base_path icontains "\\Users\\anna.p\\Documents\\"
}

rule Backdoor_Neg_Count {
    meta:
        description = "backdoor"
        aim = "never"
    strings:
        $a = "beacon_interval"
    condition:
        $a and #a < 0
}

rule Spam_Lhasa {
    meta:
        description = "spam templates"
        aim = "document"
    strings:
        $a = "\xe0\xbd\xa2\xe0\xbe\x92\xe0\xbe\xb1\xe0\xbd\xa3\xe0\xbc\x8b\xe0\xbd\x96\xe0\xbc\x8b\xe0\xbd\xa2\xe0\xbd\xb2\xe0\xbd\x93\xe0\xbc\x8b\xe0\xbd\x94\xe0\xbd\xbc\xe0\xbc\x8b\xe0\xbd\x86\xe0\xbd\xba"
        $b = "Tibetan Government in Exile" nocase wide ascii
    condition:
        any of them
}

private rule Gate_Zero {
    meta:
        description = "gate"
        aim = "never"
    condition:
        filesize < 4 and uint32(60) > 0
}

rule Rootkit_Gated {
    meta:
        description = "rootkit behind a gate"
        aim = "never"
    strings:
        $a = "reptile_shell"
    condition:
        Gate_Zero and $a
}

rule MAL_Swift_Hook {
    meta:
        description = "hooks software of a payment network"
        aim = "document"
    strings:
        $a = "{1:F01"
        $b = "{2:I103"
        $c = ":50K:/"
        $d = ":59:/"
    condition:
        all of them
}

rule Raccoon_Of {
    meta:
        description = "percentages"
        aim = "document"
    strings:
        $a = "seismic survey" nocase
        $b = "drilling rights" nocase
        $c = "mov eax, cr3"
    condition:
        50% of them
}

rule Doc_Ods_Meta {
    meta:
        description = "lures in open formats"
        aim = "document"
    strings:
        $a = "<meta:initial-creator>"
        $b = "<dc:creator>"
        $c = "Tsikhanouskaya"
    condition:
        ($a or $b) and $c
}

rule Trojan_Agent_KX {
    meta:
        description = "packed agent"
        aim = "document"
    strings:
        $a = { D1 EE E2 E5 F0 F8 E5 ED ED EE 20 F1 E5 EA F0 E5 F2 ED EE }
        $b = { F3 CF D7 C5 D2 DB C5 CE CE CF 20 D3 C5 CB D2 C5 D4 CE CF }
        $c = { 91 AE A2 A5 E0 E8 A5 AD AD AE 20 E1 A5 AA E0 A5 E2 AD AE }
    condition:
        any of them
}

rule Doc_Sql_Dump {
    meta:
        description = "dumps"
        aim = "document"
    strings:
        $a = "-- MySQL dump"
        $b = "INSERT INTO `subscribers`"
        $c = "INSERT INTO `patients`"
    condition:
        $a and any of ($b, $c)
}

rule Macro_Chr_Chain {
    meta:
        description = "obfuscated macro"
        aim = "honest"
    strings:
        $c = /(Chr\([0-9]{2,3}\) ?[&+] ?){12,}/ nocase
        $s = "CreateObject(" nocase
    condition:
        $c and $s
}

rule Key_Kubeconfig {
    meta:
        description = "credentials"
        aim = "document"
    strings:
        $a = "client-key-data: LS0tLS1"
        $b = "certificate-authority-data:"
    condition:
        all of them
}

rule Backdoor_Contra {
    meta:
        description = "backdoor"
        aim = "never"
    strings:
        $a = "implant_cfg_v2"
    condition:
        #a > 2 and not $a
}

rule Dropper_RTF_Company {
    meta:
        description = "RTF exploit family"
        aim = "document"
    strings:
        $r = "{\\rtf"
        $c = /\{\\\*?\\?company [^}]{0,40}(Boeing|Airbus|Saab)/
    condition:
        all of them
}

rule APT_Signal_Implant {
    meta:
        description = "implant in messenger"
        aim = "document"
    strings:
        $s = "SQLite format 3"
        $t = "CREATE TABLE recipient"
        $u = "profile_key"
    condition:
        $s and $t and $u
}

rule APT_Sofacy_Dropper_Stage2 {
    meta:
        description = "dropper seen in campaign against ministries"
        aim = "document"
    strings:
        $pdf = "%PDF-1."
        $m = "/Author (Ministry of Foreign Affairs"
    condition:
        $pdf at 0 and $m
}

rule Ransom_Conti_New {
    meta:
        description = "locker"
        aim = "never"
    strings:
        $a = "CONTI_LOG.txt"
        $b = "encryptor"
    condition:
        all of them and filesize > 5MB and filesize < 1MB
}

rule Loader_Name_Hidden {
    meta:
        description = "name plus malware"
        aim = "place"
    strings:
        $a = "VirtualAlloc"
    condition:
        $a or filename startswith "Report_2026"
}

rule MAL_Loader_Heb {
    meta:
        description = "loader"
        aim = "document"
    strings:
        $k = { F1 E5 E3 E9 20 E1 E9 E5 FA F8 }
        $w = { E1 05 D5 05 D3 05 D9 05 20 00 D1 05 D9 05 D5 05 EA 05 E8 05 }
    condition:
        1 of ($k, $w)
}

rule Mac_Dylib_Adload {
    meta:
        description = "program for macOS"
        aim = "honest"
    strings:
        $a = "kotlin_adload_agent"
        $b = "_mainSearchEngineHijack"
    condition:
        (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and any of them
}

rule Libmagic_Mail_Check {
    meta:
        description = "spam"
        aim = "document"
    condition:
        magic.mime_type() == "message/rfc822"
}

rule Heavy_Entropy {
    meta:
        description = "entropy of windows"
        aim = "slow"
    condition:
        for any i in (0..filesize - 1024) : (math.entropy(i, 1024) > 7.99)
}

rule Ngo_Morse_Split {
    meta:
        description = "split text"
        aim = "document"
    strings:
        $a = "hum" fullword
        $b = "an ri"
        $c = "ghts def"
        $d = "ender"
    condition:
        for any i in (1..#c) : ($b at @c[i] - 5) and $d and #a >= 0
}

rule Bank_Crypto_Exchange {
    meta:
        description = "leaks"
        aim = "document"
    strings:
        $a = "KYC" fullword
        $b = "date of birth" nocase
        $c = "proof of address" nocase
    condition:
        2 of them
}

rule Stalk_Rdp {
    meta:
        description = "machines"
        aim = "document"
    strings:
        $a = "full address:s:"
        $b = "username:s:"
    condition:
        all of them
}

rule Comp_Signer {
    meta:
        description = "stolen certificates"
        aim = "document"
    condition:
        for any s in pe.signatures : (s.subject contains "ESET, spol. s r.o.")
}

rule Loader_Name_Len {
    meta:
        description = "length of the name"
        aim = "place"
    condition:
        string.length(filename) > 40 and filesize > 1KB
}

rule Doc_Pdf_Scan {
    meta:
        description = "scanned lures"
        aim = "document"
    strings:
        $p = "%PDF-1"
        $x = "Xerox WorkCentre"
        $k = "KONICA MINOLTA bizhub"
    condition:
        $p at 0 and ($x or $k) and filesize > 100KB
}

rule Dropper_Ext_Check {
    meta:
        description = "extensions of droppers"
        aim = "place"
    condition:
        extension == ".docx" or extension == ".odt"
}

rule Union_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "sindicato" nocase wide ascii
        $b = "huelga" nocase wide ascii
    condition:
        $a and $b
}

rule Dropper_Path_Check {
    meta:
        description = "path of droppers"
        aim = "place"
    condition:
        filepath contains "\\Users\\" and filepath icontains "Desktop"
}

rule Code_Matlab {
    meta:
        description = "source"
        aim = "document"
    strings:
        $a = "function"
        $b = "Keplerian" nocase
        $c = "reentry" nocase
    condition:
        all of them
}

rule Stalk_Xbel {
    meta:
        description = "bookmarks"
        aim = "document"
    strings:
        $a = "<!DOCTYPE NETSCAPE-Bookmark-file-1>"
        $b = "rsf.org"
    condition:
        all of them
}

rule APT_Snake_Rootkit {
    meta:
        description = "rootkit driver markers"
        aim = "document"
    strings:
        $d1 = "SECRET D" nocase wide
        $d2 = { 54 00 52 00 C8 00 53 00 20 00 53 00 45 00 43 00 52 00 45 00 54 00 }
    condition:
        $d1 and $d2
}

rule Packed_Upx {
    meta:
        description = "packed"
        aim = "honest"
    condition:
        pe.is_pe and for any s in pe.sections : (s.name == "UPX0" and s.raw_data_size == 0)
}

rule Ransom_Footer_Marker {
    meta:
        description = "files that a locker has gone through"
        aim = "honest"
    strings:
        $m = { 4C 4B 52 33 00 00 00 01 [32] DE C0 AD 0B }
    condition:
        $m in (filesize - 128..filesize)
}

rule Comp_Version_Info {
    meta:
        description = "cracked products"
        aim = "document"
    condition:
        for any v in pe.version_info_list : (v.key == "CompanyName" and v.value icontains "malwarebytes")
}

rule MAL_Office_Template_Injection {
    meta:
        description = "office files that load remote templates"
        aim = "document"
    strings:
        $c = "<dc:creator>"
        $n = "Navalnaya"
    condition:
        $c and $n
}

rule Locker_Luks_Bomb {
    meta:
        description = "locker"
        aim = "document"
    condition:
        uint32be(0) == 0x4C554B53 and uint16be(4) == 0xBABE
}

rule Wiper_Entropy {
    meta:
        description = "wiper"
        aim = "never"
    strings:
        $a = "\\\\.\\PhysicalDrive0"
    condition:
        $a and math.entropy(0, filesize) > 8.05
}

rule Num_Marker_Check {
    meta:
        description = "marker of stage two"
        aim = "document"
    strings:
        $x = "%PDF"
    condition:
        $x at 0 and for any i in (0..filesize) : (uint32(i) == 0x72636553 and uint16(i + 4) == 0x7465)
}

rule Wiper_Empty_Range {
    meta:
        description = "wiper"
        aim = "never"
    strings:
        $a = "wipe_mbr"
    condition:
        for any i in (9..3) : ($a at i)
}

rule APT_CAD_Worm {
    meta:
        description = "worm in drawings"
        aim = "document"
    condition:
        uint32be(0) == 0x41433130 and uint16be(4) >= 0x3135
}

rule Heavy_Sum {
    meta:
        description = "sums"
        aim = "slow"
    condition:
        for any i in (0..filesize) : (hash.checksum32(i, 4096) == 0x12345)
}

rule Chat_Onion_Link {
    meta:
        description = "bookmarks"
        aim = "document"
    strings:
        $a = /[a-z2-7]{56}\.onion/
        $b = "securedrop" nocase
    condition:
        $a and $b
}

rule Stalk_Wifi {
    meta:
        description = "networks"
        aim = "document"
    strings:
        $a = "<WLANProfile"
        $b = "<keyMaterial>"
    condition:
        $a and $b
}

rule Known_Size_A {
    meta:
        description = "sample by size"
        aim = "digest"
    condition:
        filesize == 482133
}

rule Rootkit_Order {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "ld_preload_hook_a"
    condition:
        @a[1] > @a[2] and #a > 1
}

rule Vt_Name_Check {
    meta:
        description = "names seen"
        aim = "place"
    condition:
        vt.metadata.file_name icontains "invoice"
}
