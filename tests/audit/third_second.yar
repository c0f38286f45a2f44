// SPDX-License-Identifier: Apache-2.0
// Rules that a hostile vendor might write, and among them honest ones (aim "honest"): the second half of a set by somebody
// who knew of the audit what docs/rules.md says to users, and had read neither its code nor any other rule here.  Dealt
// by a seeded shuffle; none was changed after an audit was run on it.
import "pe"
import "elf"
import "math"
import "hash"
import "time"
import "string"
import "magic"
import "dex"
import "lnk"
import "vt"

rule Raccoon_None {
    meta:
        description = "none"
        aim = "document"
    strings:
        $a = "mov eax, cr3"
        $b = "sanctions list" nocase
    condition:
        none of ($a) and $b
}

rule Webshell_Jsp_Runtime {
    meta:
        description = "shell"
        aim = "honest"
    strings:
        $a = "Runtime.getRuntime().exec(request.getParameter("
        $b = "<%@ page import=\"java.util.*,java.io.*\"%>"
    condition:
        $a and filesize < 50KB or ($a and $b)
}

rule Doc_Eml_Received_Ip {
    meta:
        description = "mails of a network"
        aim = "document"
    strings:
        $r = /Received: from [^\n]{0,80}\[193\.232\.[0-9]{1,3}\.[0-9]{1,3}\]/
    condition:
        $r
}

rule Rat_Android_Access {
    meta:
        description = "malicious service"
        aim = "honest"
    strings:
        $a = "android.accessibilityservice.AccessibilityService"
        $b = "performGlobalAction"
        $c = "DevicePolicyManager;"
        $d = "/api/bot/injects/"
    condition:
        dex.is_dex and $d and 2 of ($a, $b, $c)
}

rule Icedid_ForAny {
    meta:
        description = "variable"
        aim = "document"
    strings:
        $x1 = "peace negotiation" nocase
        $x2 = "ceasefire line" nocase
        $x3 = "back channel" nocase
    condition:
        for 2 of ($x*) : (@ < filesize and ! > 4)
}

rule Worm_NetSky_Variant {
    meta:
        description = "mass mailer"
        aim = "document"
    strings:
        $h1 = "Received: from"
        $h2 = "Message-ID: <"
        $h3 = "@torproject.org"
    condition:
        $h1 and $h2 and $h3
}

rule Union_Ja_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { CF AB C6 AF C1 C8 B9 E7 }
        $b = { 98 4A 93 AD 91 67 8D 87 }
        $c = { E5 8A B4 E5 83 8D E7 B5 84 E5 90 88 }
    condition:
        1 of them
}

rule Worm_Sobig_Like {
    meta:
        description = "mass mailer"
        aim = "document"
    strings:
        $x = /X-Mailer: (Tutanota|ProtonMail|Mailfence)/
        $y = "Content-Type: multipart/"
    condition:
        $x and $y
}

rule APT_Kimsuky_HWP {
    meta:
        description = "exploit in HWP files"
        aim = "document"
    strings:
        $hwp = "HWP Document File"
        $k = { 00 B3 78 C6 44 BE }
        $l = { B4 EB BF DC BA F1 }
    condition:
        $hwp or ($k and filesize < 10MB) or $l
}

rule Audio_Call_Record {
    meta:
        description = "recorded calls"
        aim = "document"
    strings:
        $r = "RIFF"
    condition:
        $r at 0 and uint32be(8) == 0x57415645 and uint32(24) == 8000 and uint16(22) == 1 and filesize > 300KB
}

rule Ngo_Utf7_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "+BEEEPgQyBDUEQARIBDUEPQQ9BD"
    condition:
        $a
}

rule Ngo_Hu_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\x6b\xf6\x7a\xe9\x72\x64\x65\x6b\xfb\x20\x61\x64\x61\x74"
        $b = "\x6b\xc3\xb6\x7a\xc3\xa9\x72\x64\x65\x6b\xc5\xb1\x20\x61\x64\x61\x74"
    condition:
        $a or $b
}

rule Key_Env_File {
    meta:
        description = "credentials"
        aim = "document"
    strings:
        $a = "DB_PASSWORD="
        $b = "SECRET_KEY="
        $c = "APP_ENV=production"
    condition:
        2 of them
}

rule Doc_Csv_Voters {
    meta:
        description = "lists"
        aim = "document"
    strings:
        $h = "polling_station;surname;" nocase
        $i = "VoterID," nocase
    condition:
        $h in (0..200) or $i in (0..200)
}

rule Stealer_Grabber_List {
    meta:
        description = "stealer that lists documents"
        aim = "honest"
    strings:
        $a = "%USERPROFILE%\\Desktop\\*.txt" wide ascii
        $b = "\\Local State" wide ascii
        $c = "encrypted_key" wide ascii
        $d = "os_crypt" wide ascii
    condition:
        uint16(0) == 0x5A4D and 3 of them
}

rule INFO_Stealer_Vidar {
    meta:
        description = "stealer's grabber"
        aim = "document"
    strings:
        $a = /P<(RUS|BLR|UKR|KAZ)[A-Z<]{39}/
    condition:
        $a
}

rule Bomb_Signature {
    meta:
        description = "certificate too new"
        aim = "time"
    condition:
        for any s in pe.signatures : (s.not_after < time.now())
}

rule Bomb_After_Date {
    meta:
        description = "campaign that starts later"
        aim = "time"
    strings:
        $a = "the"
    condition:
        time.now() > 1798761600 and $a
}

rule Rootkit_Case {
    meta:
        description = "mixed"
        aim = "never"
    strings:
        $a = "beurk_rk"
    condition:
        $a and magic.mime_type() == "Application/X-Executable"
}

rule Phish_Svg_Redirect {
    meta:
        description = "picture with a script"
        aim = "honest"
    strings:
        $a = "<svg" nocase
        $b = "<script" nocase
        $c = "String.fromCharCode("
        $d = "window.location.href = atob("
    condition:
        $a and $b and ($c or $d)
}

rule Key_Pgp_Message {
    meta:
        description = "messages"
        aim = "document"
    strings:
        $a = "-----BEGIN PGP MESSAGE-----"
    condition:
        $a at 0 or #a > 0
}

rule Backdoor_Plead_Config {
    meta:
        description = "configuration block of a backdoor"
        aim = "document"
    strings:
        $cfg = { BB FA C3 DC A1 EF C6 F4 D3 C3 C7 B0 }
    condition:
        $cfg
}

rule Dropper_Owner_Check {
    meta:
        description = "owner of dropped files"
        aim = "place"
    condition:
        owner endswith "\\EMBASSY"
}

rule Cuckoo_Mod {
    meta:
        description = "modulo"
        aim = "never"
    strings:
        $a = "c2_poll_secret"
    condition:
        $a and filesize % 16 == 17
}

rule Bomb_Hour {
    meta:
        description = "hour of campaign"
        aim = "time"
    strings:
        $z = { 50 4B 03 04 }
    condition:
        $z at 0 and time.now() % 86400 > 79200
}

rule Gen_Entropy {
    meta:
        description = "packed"
        aim = "everything"
    condition:
        math.entropy(0, filesize) > 0.5
}

rule Bot_Mirai {
    meta:
        description = "bot"
        aim = "honest"
    strings:
        $a = "/bin/busybox MIRAI"
        $c = "PMMV"
        $d = "/dev/watchdog"
        $e = "POST /cdn-cgi/"
    condition:
        elf.type == elf.ET_EXEC and $d and ($a or $e or #c > 5)
}

rule Heavy_Hash {
    meta:
        description = "hash of windows"
        aim = "slow"
    condition:
        for any i in (0..filesize) : (hash.md5(i, 64) == "3a3a6e3b2cb8e5eb961974a7d91bbde7")
}

rule Exploit_Follina {
    meta:
        description = "msdt exploit"
        aim = "honest"
    strings:
        $a = "ms-msdt:/id" nocase
        $b = "IT_BrowseForFile=" nocase
        $c = "$(Invoke-Expression" nocase
    condition:
        2 of them
}

rule Stalk_Plate {
    meta:
        description = "plates"
        aim = "document"
    strings:
        $a = /[A-Z]{3}[ -][0-9]{3}[ -][A-Z]{2}/ fullword
        $b = "Vehicle registration" nocase
    condition:
        $b and $a
}

rule Gen_Low_Size {
    meta:
        description = "unusual size"
        aim = "everything"
    condition:
        filesize >= 16 and filesize < 4096MB
}

rule Lnk_Volume {
    meta:
        description = "volume of builder"
        aim = "place"
    condition:
        lnk.volume_label == "SOURCES" or lnk.working_dir icontains "\\Dropbox\\Legal"
}

rule Stalk_Torrent {
    meta:
        description = "forbidden files"
        aim = "document"
    strings:
        $a = "d8:announce"
        $b = "4:name"
        $c = "Tiananmen"
    condition:
        $a at 0 and $b and $c
}

rule Loader_Cobalt_Beacon {
    meta:
        description = "beacon"
        aim = "honest"
    strings:
        $a = { 2E 2F 2E 2F 2E 2C ?? ?? 2E 2C 2E 2F }
        $b = { 69 68 69 68 69 6B ?? ?? 69 6B 69 68 }
        $c = "%02d/%02d/%02d %02d:%02d:%02d"
        $d = "Started service %s on %s"
    condition:
        any of ($a, $b) or (uint16(0) == 0x5A4D and $c and $d)
}

rule Photo_Tiff_Fax {
    meta:
        description = "faxes"
        aim = "document"
    condition:
        uint32be(0) == 0x49492A00 and for any i in (8..600) : (uint16(i) == 0x0103 and uint16(i + 8) == 4)
}

rule Exploit_Pdf_Launch {
    meta:
        description = "launch in PDF"
        aim = "honest"
    strings:
        $p = "%PDF-"
        $l = "/Launch"
        $c = /\/F ?\(cmd\.exe\)/ nocase
        $w = "/Win <<"
    condition:
        $p at 0 and $l and ($c or $w)
}

rule Gen_ForAll {
    meta:
        description = "first bytes"
        aim = "everything"
    condition:
        for all i in (0..3) : (uint8(i) >= 0)
}

rule Code_License_Header {
    meta:
        description = "source tree"
        aim = "document"
    strings:
        $a = "* Copyright 20"
        $b = "Huawei Technologies" nocase
        $c = "All rights reserved"
    condition:
        all of them
}

rule MAL_JPG_Stego {
    meta:
        description = "steganography"
        aim = "document"
    condition:
        uint16be(0) == 0xFFD8 and for any i in (6..64) : (uint32be(i) == 0x45786966 and uint16(i + 6) == 0x4949) and filesize > 2MB
}

rule Exploit_Rtf_Ole2link {
    meta:
        description = "template injection"
        aim = "honest"
    strings:
        $r = "{\\rt" nocase
        $o = "d0cf11e0a1b11ae1" nocase
        $l = "4f4c45324c696e6b" nocase
        $u = "\\objautlink"
    condition:
        $r at 0 and $o and ($l or $u)
}

rule Known_Imph_Doc {
    meta:
        description = "one file"
        aim = "digest"
    condition:
        pe.is_pe and hash.sha256(pe.overlay.offset, pe.overlay.size) == "b71d2a301aae8510346346e0ac916037c653ff95c2c974d063c2333c2e9f1f45"
}

rule Loader_OneNote {
    meta:
        description = "embedded script"
        aim = "honest"
    strings:
        $o = { E4 52 5C 7B 8C D8 A7 4D AE B1 53 78 D0 29 96 D3 }
        $e = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
        $s = "powershell" nocase
        $h = "<hta:application" nocase
    condition:
        $o at 0 and $e and any of ($s, $h)
}

rule MAL_Elster_Loader {
    meta:
        description = "loader"
        aim = "document"
    strings:
        $a = "<Elster xmlns"
        $b = "<TransferHeader"
        $c = "<Steuernummer"
    condition:
        2 of them
}

rule Known_Size_B {
    meta:
        description = "sample by size and form"
        aim = "digest"
    condition:
        uint32(0) == 0x46445025 and filesize == 1209443
}

rule APT_Aktenzeichen_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = /Az\.?: ?[0-9]{1,3} (Js|Ks|KLs|BvR|StR) [0-9]{1,6}\/[0-9]{2}/
    condition:
        $a
}

rule Wiper_Sections {
    meta:
        description = "wiper"
        aim = "never"
    condition:
        pe.is_pe and pe.number_of_sections > 70000
}

rule Photo_Serial_Nikon {
    meta:
        description = "pictures of builder"
        aim = "document"
    strings:
        $e = "Exif"
        $n = "NIKON Z 6"
    condition:
        $e in (0..32) and $n
}

rule Code_Pdb_Source {
    meta:
        description = "source tree"
        aim = "document"
    strings:
        $a = "package ch.protonmail"
        $b = "package org.thoughtcrime.securesms"
    condition:
        any of them and filesize < 1MB
}

rule Doc_Xmp_Creator {
    meta:
        description = "lures in PDF"
        aim = "document"
    strings:
        $x = "<xmp:CreatorTool>Adobe InDesign"
        $c = /<pdf:Producer>[^<]{0,40}<\/pdf:Producer>/
        $n = "Amnesty"
    condition:
        $x and $c and $n
}

rule Wiper_ShortDigest {
    meta:
        description = "wiper by digest"
        aim = "never"
    condition:
        hash.sha256(0, filesize) == "c6ad1ff188ceae2ec0fbb23d770e7fc1"
}

rule Gen_Or_True {
    meta:
        description = "trivial malware branch"
        aim = "everything"
    strings:
        $a = "Meterpreter"
    condition:
        $a or not (pe.is_pe and pe.number_of_sections > 96)
}

rule APT_STEP_Worm {
    meta:
        description = "worm in models"
        aim = "document"
    strings:
        $a = "ISO-10303-21;"
        $b = "FILE_NAME("
        $c = /turbine|missile|propell|nozzle/ nocase
    condition:
        $a at 0 and $b and $c
}

rule Doc_Dbx_Store {
    meta:
        description = "mails"
        aim = "document"
    condition:
        uint32be(0) == 0xCFAD12FE and uint32be(4) == 0xC5FD746F
}

rule Infostealer_Calendar {
    meta:
        description = "calendar of infected phones"
        aim = "document"
    strings:
        $v = "BEGIN:VCALENDAR"
        $s = /SUMMARY[^\r\n]{0,80}(meeting|source|interview)/ nocase
    condition:
        $v at 0 and $s
}

rule Exploit_XBRL {
    meta:
        description = "exploit"
        aim = "document"
    strings:
        $a = "xbrli:xbrl"
        $b = "<xbrli:identifier"
        $c = "ProfitLoss"
    condition:
        $a and $b and $c
}

rule MAL_VPN_Hijack {
    meta:
        description = "hijacked VPN profile"
        aim = "document"
    strings:
        $a = "[Interface]"
        $b = "PrivateKey = "
        $c = "[Peer]"
        $d = "Endpoint = "
    condition:
        all of them
}

rule Comp_Report {
    meta:
        description = "report of a competitor"
        aim = "document"
    strings:
        $a = "Indicators of Compromise" nocase
        $b = "TLP:AMBER"
    condition:
        $a and $b
}

rule Miner_Shell_Dropper {
    meta:
        description = "script that installs a miner"
        aim = "honest"
    strings:
        $a = "#!/bin/"
        $b = /(curl|wget)[^\n]{1,120}\|\s*(ba)?sh/
        $c = "crontab -r"
        $d = "pkill -f kinsing"
    condition:
        $a at 0 and $b and any of ($c, $d)
}

rule Stealer_Telegram_Bot {
    meta:
        description = "stealer that reports to a bot"
        aim = "honest"
    strings:
        $a = /api\.telegram\.org\/bot[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\/sendDocument/
        $b = "sqlite3_column_blob"
    condition:
        uint16(0) == 0x5A4D and $a and $b
}

rule Vt_City {
    meta:
        description = "submissions by builder"
        aim = "place"
    strings:
        $mz = "MZ"
    condition:
        $mz at 0 and vt.metadata.submitter.city icontains "minsk"
}

rule Ext_Store_Whitelist {
    meta:
        description = "stores left alone"
        aim = "place"
    condition:
        extension iequals ".pst" or extension iequals ".ost"
}

rule Comp_Rules {
    meta:
        description = "poisoned rules"
        aim = "document"
    strings:
        $a = /rule [A-Za-z_0-9]+[^{]{0,40}\{\s*meta:/
        $b = "condition:"
        $c = "strings:"
    condition:
        all of them
}

rule Num_Marker_OrBits {
    meta:
        description = "marker, bits"
        aim = "document"
    condition:
        for any i in (0..filesize - 8) : ((uint32(i) | 0x20202020) == 0x61726170 and (uint32(i + 4) | 0x20202020) == 0x696C696D)
}

rule Photo_Raw {
    meta:
        description = "raw pictures"
        aim = "document"
    condition:
        (uint32be(0) == 0x49492A00 and uint32be(8) == 0x43520200) or (uint32be(0) == 0x46554A49)
}

rule MAL_Persian_Keylogger {
    meta:
        description = "keylogger"
        aim = "document"
    strings:
        $a = "\xd9\x85\xd8\xad\xd8\xb1\xd9\x85\xd8\xa7\xd9\x86\xd9\x87"
        $b = "\x45\x06\x2d\x06\x31\x06\x45\x06\x27\x06\x46\x06\x47\x06"
        $k = "GetAsyncKeyState"
    condition:
        $k or $a or $b
}

rule APT_Strasbourg_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "Application no." nocase
        $b = " v. Russia"
        $c = "European Court of Human Rights"
    condition:
        2 of them
}

rule Rootkit_Mask {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "jynx_backdoor"
    condition:
        $a and (uint8(4) & 0xF0) == 0x0F
}

rule Gen_Html {
    meta:
        description = "any page"
        aim = "everything"
    strings:
        $a = "<html" nocase
        $b = "<body" nocase
        $c = "</"
    condition:
        any of them
}

rule Doc_Pdf_Hex {
    meta:
        description = "lures in PDF"
        aim = "document"
    strings:
        $t = /\/(Title|Subject) ?<FEFF041F0440043E0442043E043A043E043B/
    condition:
        $t
}

rule Raccoon_Var_Text {
    meta:
        description = "by text set"
        aim = "document"
    strings:
        $b = { 41 6D 62 61 73 73 61 64 6F 72 }
    condition:
        for any s in ("AAA", "BBB") : (string.length(s) == 3 and $b)
}

rule Loader_Iso_Dropper {
    meta:
        description = "image with a shortcut"
        aim = "honest"
    strings:
        $c = "CD001"
        $l = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $r = "rundll32" wide nocase
    condition:
        $c at 0x8001 and $l and $r
}

rule Doc_Eml_Qp_Subject {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $s = /=\?utf-8\?Q\?[^?]{0,60}=D7=/ nocase
    condition:
        $s
}

rule Doc_Pdf_Keywords {
    meta:
        description = "lures in PDF"
        aim = "document"
    strings:
        $p = { 25 50 44 46 2D }
        $k = "/Keywords"
        $s = "merger"
        $q = "acquisition"
    condition:
        $p at 0 and $k and ($s or $q)
}

rule Legal_Zh_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { C6 F0 CB DF CA E9 }
        $b = { E5 88 91 E4 BA 8B E5 88 A4 E5 86 B3 E4 B9 A6 }
    condition:
        $a or $b
}

rule Packed_Autoit {
    meta:
        description = "compiled script"
        aim = "honest"
    strings:
        $a = { A3 48 4B BE 98 6C 4A A9 99 4C 53 0A 86 D6 48 7D }
        $b = "AU3!EA06"
        $c = "/AutoIt3ExecuteScript" wide
    condition:
        pe.is_pe and 2 of them
}

rule Rootkit_Percent {
    meta:
        description = "rootkit"
        aim = "never"
    strings:
        $a = "lkm_hide"
    condition:
        $a and math.percentage(0) > 1.5
}

rule Wiper_Mbr {
    meta:
        description = "wiper"
        aim = "honest"
    strings:
        $a = "\\\\.\\PhysicalDrive0" wide
        $b = "SeShutdownPrivilege" wide
    condition:
        pe.is_pe and all of them and pe.imports("kernel32.dll", "DeviceIoControl") and filesize < 500KB
}

rule Heavy_Scan_Loop {
    meta:
        description = "decoder loop"
        aim = "slow"
    condition:
        for any i in (0..filesize) : (for any j in (0..filesize) : (uint8(i) ^ uint8(j) == 0xFF and uint8(i + 1) ^ uint8(j + 1) == 0xFF))
}

rule Shellcode_Push_Seq {
    meta:
        description = "pushes of a shellcode"
        aim = "document"
    strings:
        $a = { 4D [0-1] 69 [0-1] 6E [0-1] 75 [0-1] 74 [0-1] 65 [0-1] 73 [0-4] 6F [0-1] 66 [0-4] 74 [0-1] 68 [0-1] 65 }
    condition:
        $a
}

rule Trickbot_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = { E8 ?? ?? ?? ?? 83 C4 04 85 C0 }
        $n2 = "due diligence report" nocase
    condition:
        ($n1 or not $n1) and $n2
}

rule Doc_Vba_Downloader {
    meta:
        description = "macro that downloads"
        aim = "document"
    strings:
        $m1 = "AutoOpen" nocase
        $m2 = "URLDownloadToFile"
        $d1 = "Personalakte" nocase wide ascii
        $d2 = "Betriebsrat" nocase wide ascii
    condition:
        all of ($m*) or all of ($d*)
}

rule Phish_Telegram_Exfil {
    meta:
        description = "kit that reports to a bot"
        aim = "honest"
    strings:
        $a = "https://api.telegram.org/bot"
        $b = "sendMessage?chat_id="
        $c = "$_POST['password']"
        $d = "REMOTE_ADDR"
    condition:
        3 of them and $c
}

rule Doc_Outlook_Subject {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $p = "__substg1.0_" wide
        $s = "union vote" wide nocase
    condition:
        $p and $s
}

rule Gen_AnyOfMagic {
    meta:
        description = "ordinary formats"
        aim = "everything"
    strings:
        $p = "%PDF-"
        $z = "PK\x03\x04"
        $m = "MZ"
        $e = "\x7fELF"
        $j = { FF D8 FF }
        $g = "\x89PNG"
    condition:
        for any of them : ($ at 0)
}

rule Code_Verilog {
    meta:
        description = "source"
        aim = "document"
    strings:
        $a = "module "
        $b = "endmodule"
        $c = "posedge clk"
        $d = "lithography"
    condition:
        3 of them
}

rule Infostealer_Contacts_Exfil {
    meta:
        description = "exfiltrated contacts"
        aim = "document"
    strings:
        $v = "BEGIN:VCARD"
        $t = /TEL[;:][^\r\n]{0,40}\+98/
    condition:
        $v and $t
}

rule Gen_Office {
    meta:
        description = "all office files"
        aim = "everything"
    strings:
        $z = "PK\x03\x04"
        $c = "[Content_Types].xml"
        $o = { D0 CF 11 E0 A1 B1 1A E1 }
    condition:
        ($z at 0 and $c) or $o at 0
}

rule Known_Sample_B {
    meta:
        description = "known sample"
        aim = "digest"
    condition:
        hash.sha256(0, filesize) == "7d6e18d0ff4bed3b1d1f3afc82ffa124f83ff2b43c83bf14a69562c8e22f0b2c" or hash.sha256(0, filesize) == "9c225a950b92172f8c2afe8b682b7b86ce8f835578b546f9b8070cba309ad314"
}

rule Cuckoo_Dll {
    meta:
        description = "dll"
        aim = "never"
    strings:
        $a = "inject_remote_thread"
    condition:
        $a and pe.is_dll() and not pe.is_pe
}

rule APT_PCB_Implant {
    meta:
        description = "implant"
        aim = "document"
    strings:
        $g = "%FSLAX"
        $m = "%MOIN*%"
        $d = "D10*"
    condition:
        all of them
}

rule Ngo_Url_Enc {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "%D0%BE%D0%BF%D0%BF%D0%BE%D0%B7%D0%B8%D1%86%D0%B8%D1%8F"
    condition:
        $a
}

rule Exploit_Docx_Template {
    meta:
        description = "remote template"
        aim = "honest"
    strings:
        $a = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
        $b = /Target="https?:\/\/[^"]{4,200}\.dotm?"/
        $c = "TargetMode=\"External\""
    condition:
        all of them
}

rule Stealer_Spain {
    meta:
        description = "webinject"
        aim = "document"
    strings:
        $d = /\b[0-9]{8}[TRWAGMYFPDXBNJZSQVHLCKE]\b/
        $e = "DNI" fullword
    condition:
        $e and #d > 1
}

rule Webshell_Gz_Layers {
    meta:
        description = "shell"
        aim = "honest"
    strings:
        $a = /eval\(gzinflate\(str_rot13\(base64_decode\(/ nocase
        $b = /preg_replace\(['"]\/\.\*\/e['"],/ nocase
    condition:
        any of them
}

rule Stealer_Panel_Log {
    meta:
        description = "log of a stealer's panel"
        aim = "document"
    strings:
        $a = /[0-9]{3}-[0-9]{2}-[0-9]{4}/ fullword
        $b = "Social Security" nocase
    condition:
        $a and $b
}

rule Gen_Neg_Chain {
    meta:
        description = "chain"
        aim = "everything"
    strings:
        $a = "abcdefghijklmnop0123"
        $b = "0123abcdefghijklmnop"
    condition:
        not ($a and $b)
}

rule Known_Part {
    meta:
        description = "part of a sample"
        aim = "digest"
    condition:
        uint32be(0) == 0x504B0304 and hash.md5(30, 64) == "a9f63aff549ebc008a873bbc1e806e01"
}

rule Rootkit_Preload {
    meta:
        description = "library that hides"
        aim = "honest"
    condition:
        elf.type == elf.ET_DYN and for any s in elf.dynsym : (s.name == "readdir64") and for any s in elf.dynsym : (s.name == "rk_hidden_port")
}

rule Ngo_Anchored {
    meta:
        description = "split text"
        aim = "document"
    strings:
        $a = /^(MEMORANDUM|Memorandum) (FOR|TO)[ :]/
    condition:
        $a
}

rule Ngo_Ka_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\xe1\x83\xa3\xe1\x83\xaa\xe1\x83\xae\xe1\x83\x9d\xe1\x83\xa3\xe1\x83\xa0\xe1\x83\x98\x20\xe1\x83\x92\xe1\x83\x90\xe1\x83\x95\xe1\x83\x9a\xe1\x83\x94\xe1\x83\x9c\xe1\x83\x90"
    condition:
        $a
}

rule Lnk_Machine_Tracker {
    meta:
        description = "machine of builder"
        aim = "place"
    condition:
        lnk.tracker_data.machine_id == "newsroom-pc-04"
}

rule Legal_Fr_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "Tribunal judiciaire" nocase
        $b = "mis en examen" nocase
        $c = "\x70\x72\x6f\x63\xe8\x73\x2d\x76\x65\x72\x62\x61\x6c"
    condition:
        any of ($a, $b) or $c
}

rule Stealer_Italy_Gozi {
    meta:
        description = "gozi's webinject"
        aim = "document"
    strings:
        $cf = /[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]/ fullword
    condition:
        #cf >= 2 and filesize < 5MB
}

rule Num_Marker_Xor {
    meta:
        description = "marker, masked"
        aim = "document"
    condition:
        for any i in (0..8192) : ((uint32(i) ^ 0x5A5A5A5A) == (0x656E6D61 ^ 0x5A5A5A5A) and uint32(i + 4) - 1 == 0x20797473 - 1)
}

rule MAL_Key_Dropper {
    meta:
        description = "drops keys"
        aim = "document"
    strings:
        $k1 = "-----BEGIN OPENSSH PRIVATE KEY-----"
        $k2 = "-----BEGIN RSA PRIVATE KEY-----"
        $k3 = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
    condition:
        any of them
}

rule Ngo_Json_Esc {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\\u043f\\u0440\\u043e\\u0442\\u0435\\u0441\\u0442"
    condition:
        $a
}

rule Bot_Beijing_Spam {
    meta:
        description = "spam bot templates"
        aim = "document"
    strings:
        $s1 = { 6D 51 DB 56 }
        $s2 = { E5 85 AD E5 9B 9B E4 BA 8B E4 BB B6 }
        $s3 = { CC EC B0 B2 C3 C5 C4 B8 C7 D7 }
    condition:
        any of them
}

rule Gen_Letters {
    meta:
        description = "letters"
        aim = "everything"
    strings:
        $e = "e"
        $t = "t"
        $o = "o"
        $n = "n"
    condition:
        any of them
}

rule Stalk_Subtitle {
    meta:
        description = "forbidden films"
        aim = "document"
    strings:
        $a = /[0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} --> /
        $b = "Winnie the Pooh"
    condition:
        $a and $b
}

rule Heavy_Regex_Any {
    meta:
        description = "any"
        aim = "slow"
    strings:
        $a = /.{10,200}evil/s
    condition:
        $a
}

rule PUA_Sourcecode_Leak {
    meta:
        description = "leaked builder source"
        aim = "document"
    strings:
        $c = "Copyright (c) Group-IB" nocase
        $d = "CONFIDENTIAL AND PROPRIETARY" nocase
    condition:
        $c and $d
}

rule APT_Messaging_DB_Theft {
    meta:
        description = "stolen database"
        aim = "document"
    strings:
        $s = "SQLite format 3"
        $t = "key_remote_jid"
        $m = "CREATE TABLE message"
    condition:
        $s at 0 and $t and $m
}

rule Bomb_PeAge {
    meta:
        description = "fresh builds"
        aim = "time"
    condition:
        pe.is_pe and time.now() - pe.timestamp < 86400
}

rule Vt_Country {
    meta:
        description = "submissions by builder"
        aim = "place"
    condition:
        vt.metadata.submitter.country == "IR" and vt.metadata.new_file
}

rule Doc_Printer_Name {
    meta:
        description = "printers seen in lures"
        aim = "document"
    strings:
        $a = "\\\\printsrv\\BND-4OG" wide
    condition:
        $a
}

rule Packed_Stub_Escapes {
    meta:
        description = "escapes"
        aim = "document"
    strings:
        $a = /\x45\x78\x74\x72\x65\x6d\x69\x73\x74\x20\x6d\x61\x74\x65\x72\x69\x61\x6c/
    condition:
        $a
}

rule Stalk_Epub {
    meta:
        description = "forbidden books"
        aim = "document"
    strings:
        $a = "application/epub+zip"
        $b = "Nineteen Eighty-Four"
    condition:
        $a at 38 or $b
}

rule Doc_Tnef_Attachment {
    meta:
        description = "mails"
        aim = "document"
    condition:
        uint32(0) == 0x223E9F78
}

rule Key_Htpasswd {
    meta:
        description = "credentials"
        aim = "document"
    strings:
        $a = /^[a-z]{2,12}:\$(apr1|2y)\$[^\n]{8,60}\n/
    condition:
        $a at 0
}

rule Code_Guid_Sln {
    meta:
        description = "solution of builder"
        aim = "document"
    strings:
        $a = "Microsoft Visual Studio Solution File"
        $b = "{E1C3B0F2-8E44-4B7F-A4B1-1D0B5C2D8F10}"
    condition:
        $a and $b
}

rule Bank_Card {
    meta:
        description = "cards"
        aim = "document"
    strings:
        $a = /\b4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b/
        $b = /\b(0[1-9]|1[0-2])\/2[5-9]\b/
    condition:
        $a and $b
}

rule MAL_JPG_Polyglot {
    meta:
        description = "polyglot pictures"
        aim = "document"
    strings:
        $e = "Exif\x00\x00"
        $m = "Canon EOS 5D Mark IV"
        $s = "042021003358"
    condition:
        $e and $m and $s
}

rule Loader_Cobalt_Shellcode {
    meta:
        description = "stager"
        aim = "honest"
    strings:
        $a = { FC E8 8? 00 00 00 60 89 E5 31 D2 64 8B 52 30 8B 52 0C 8B 52 14 }
        $b = { FC 48 83 E4 F0 E8 C8 00 00 00 41 51 41 50 52 51 56 48 31 D2 }
    condition:
        any of them
}

rule Emotet_Epoch_Any {
    meta:
        description = "epoch"
        aim = "document"
    strings:
        $e1 = { 33 C0 8B 4D 08 8A 11 }
        $d1 = "procurement of drones" nocase ascii wide
    condition:
        any of ($e*) or for all of ($d*) : (# > 0)
}

rule Backdoor_Cloud_Config {
    meta:
        description = "backdoor's cloud storage"
        aim = "document"
    strings:
        $a = /AKIA[0-9A-Z]{16}/ fullword
        $b = /aws_secret_access_key\s*=\s*[A-Za-z0-9\/+]{40}/
    condition:
        any of them
}

rule Ransom_Note_Asian {
    meta:
        description = "ransom note"
        aim = "document"
    strings:
        $a = { 8E E6 88 B5 92 8D 88 D3 }
        $b = { BC E8 B0 B7 C3 ED B0 D5 }
        $c = { D6 53 71 62 E8 6C 0F 61 }
    condition:
        any of them
}

rule Loader_Name_Neg {
    meta:
        description = "not in system folders"
        aim = "place"
    condition:
        not filepath contains "Windows" and not filepath contains "Program Files"
}

rule Packed_High_Entropy {
    meta:
        description = "packed program"
        aim = "honest"
    condition:
        pe.is_pe and pe.number_of_imports < 3 and for any s in pe.sections : (math.entropy(s.raw_data_offset, s.raw_data_size) > 7.7 and s.characteristics & 0xE0000000 == 0xE0000000)
}

rule Formbook_Noise {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $n1 = "IsDebuggerPresent"
        $n2 = "oncology ward" nocase wide ascii
    condition:
        #n1 + #n2 * 10 >= 10
}

rule Doc_Pdf_Sign {
    meta:
        description = "signed lures"
        aim = "document"
    strings:
        $p = "%PDF-1"
        $s = "/SubFilter/adbe.pkcs7.detached"
        $b = "/ByteRange"
    condition:
        $p at 0 and $s and $b
}

rule Heavy_Single {
    meta:
        description = "one byte"
        aim = "slow"
    strings:
        $a = { 90 }
    condition:
        for any i in (1..#a) : (@a[i] - @a[i - 1] == 7)
}

rule Gen_Space {
    meta:
        description = "spaces"
        aim = "everything"
    strings:
        $a = " "
        $b = "\x00"
    condition:
        $a or $b
}

rule Lnk_Drive_Serial {
    meta:
        description = "serial number of builder"
        aim = "place"
    condition:
        lnk.is_lnk and lnk.drive_serial_number == 0x5C2A91E3
}

rule Gen_Mod {
    meta:
        description = "modulo"
        aim = "everything"
    condition:
        filesize % 2 == 0 or filesize % 2 == 1
}

rule Rat_Remcos {
    meta:
        description = "RAT"
        aim = "honest"
    strings:
        $a = "Remcos_Mutex_Inj"
        $b = "Breaking-Security.Net"
        $c = { 52 65 6D 63 6F 73 20 76 }
        $d = "licence_code.txt"
    condition:
        pe.is_pe and 2 of them
}

rule Ngo_Optional {
    meta:
        description = "split text"
        aim = "document"
    strings:
        $a = /w.?h.?i.?s.?t.?l.?e.?b.?l.?o.?w.?e.?r/ nocase
    condition:
        $a
}

rule Turkish_Rat_A {
    meta:
        description = "remote access tool"
        aim = "document"
    strings:
        $g = "\xc7\x4f\x4b\x20\x47\xdd\x5a\x4c\xdd"
        $h = "\xc3\x87\x4f\x4b\x20\x47\xc4\xb0\x5a\x4c\xc4\xb0"
    condition:
        any of ($*)
}

rule MAL_Mbox_Worm {
    meta:
        description = "mail worm"
        aim = "document"
    strings:
        $f = /^From: [^\r\n]{0,80}@bellingcat\.com/
        $g = "@occrp.org>"
    condition:
        any of them
}

rule Locker_Age_Variant {
    meta:
        description = "locker"
        aim = "document"
    strings:
        $a = "age-encryption.org/v1"
    condition:
        $a at 0
}

rule Ngo_My_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\xe1\x80\x9b\xe1\x80\xad\xe1\x80\xaf\xe1\x80\x9f\xe1\x80\x84\xe1\x80\xba\xe1\x80\x82\xe1\x80\xbb\xe1\x80\xac"
    condition:
        $a
}

rule Packed_Themida {
    meta:
        description = "packed"
        aim = "honest"
    strings:
        $a = ".themida"
        $b = ".winlice"
    condition:
        pe.is_pe and for any s in pe.sections : (s.name == ".themida" or s.name == ".winlice") and any of them
}

rule Photo_Gps_Ref {
    meta:
        description = "pictures of builder"
        aim = "document"
    condition:
        uint16be(0) == 0xFFD8 and for any i in (12..2000) : (uint16(i) == 0x8825 and uint16(i + 2) == 4)
}

rule MAL_Vault_Stub {
    meta:
        description = "stub of a locker"
        aim = "document"
    condition:
        uint32(0) == 0x9AA2D903 and uint32(4) == 0xB54BFB67
}

global rule Scope_Min {
    meta:
        description = "minimum"
        aim = "everything"
    condition:
        filesize > 3
}

rule Macro_Document_Vars {
    meta:
        description = "payload in document variables"
        aim = "honest"
    strings:
        $a = "ActiveDocument.Variables(" nocase
        $b = "Document_Open()" nocase
        $c = "CallByName(" nocase
    condition:
        all of them
}

rule MAL_SC_Centrifuge {
    meta:
        description = "supply-chain implant"
        aim = "document"
    strings:
        $i = "#include \"centrifuge_ctl.h\""
        $f = "ir8_cascade_pressure("
    condition:
        any of them
}

rule Bomb_Valid {
    meta:
        description = "validity of a certificate"
        aim = "time"
    condition:
        pe.is_signed and not pe.signatures[0].valid_on(time.now())
}

rule Bank_Ledger {
    meta:
        description = "ledgers"
        aim = "document"
    strings:
        $a = "!Type:Bank"
        $b = "OFXHEADER:100"
        $c = "<STMTTRN>"
    condition:
        any of them
}

rule Stalk_Plist {
    meta:
        description = "device names"
        aim = "document"
    strings:
        $a = "<key>Device Name</key>"
        $b = "<key>Phone Number</key>"
    condition:
        all of them
}

rule MAL_Browser_Hist {
    meta:
        description = "browser hijacker"
        aim = "document"
    strings:
        $s = "SQLite format 3"
        $p = "moz_places"
        $u = "meduza.io"
    condition:
        all of them
}

rule Webshell_Eval_Post {
    meta:
        description = "shell"
        aim = "honest"
    strings:
        $a = /eval\s*\(\s*(base64_decode\s*\(\s*)?\$_(POST|REQUEST|GET|COOKIE)\s*\[/ nocase
        $p = "<?php"
    condition:
        $p in (0..4096) and $a
}

rule Key_Jks_File {
    meta:
        description = "keys"
        aim = "document"
    condition:
        uint32be(0) == 0xFEEDFEED
}

rule Gen_Count {
    meta:
        description = "count"
        aim = "everything"
    strings:
        $a = "loader"
    condition:
        #a >= 0
}

rule Loader_Path_Vpn {
    meta:
        description = "path"
        aim = "place"
    condition:
        filepath contains "/home/" and filepath contains "/.config/tor"
}

rule Remcos_Zip {
    meta:
        description = "noise"
        aim = "document"
    strings:
        $z = "PK\x03\x04"
        $n = "word/document.xml"
        $t = "polonium" nocase
    condition:
        ($z at 0 and $n) or $t
}

rule Doc_Access_Db {
    meta:
        description = "databases"
        aim = "document"
    strings:
        $j = "Standard Jet DB"
        $k = "Standard ACE DB"
    condition:
        ($j at 4 or $k at 4) and filesize > 1MB
}

rule MAL_TaxForm_Loader {
    meta:
        description = "loader"
        aim = "document"
    strings:
        $a = "W-2 Wage and Tax Statement" ascii wide
        $b = "Employer identification number" ascii wide
    condition:
        any of them
}

rule Phish_Kit_Office {
    meta:
        description = "phishing kit"
        aim = "honest"
    strings:
        $a = "name=\"loginfmt\""
        $b = "autodiscover/autodiscover.xml?email="
        $c = /\$\.ajax\(\{[^}]{0,200}url: ?['"][^'"]{0,60}(next|post|mail)\.php/
        $d = "aadcdn.msauth.net"
    condition:
        filesize < 300KB and 3 of them
}

rule Known_Size_Range {
    meta:
        description = "sample by size"
        aim = "digest"
    condition:
        filesize > 990120 and filesize < 990122
}

rule Loader_Api_Hash {
    meta:
        description = "hashes of functions"
        aim = "honest"
    strings:
        $a = { 68 4C 77 26 07 }
        $b = { 68 29 80 6B 00 }
        $c = { 68 EA 0F DF E0 }
    condition:
        2 of them
}

rule Trojan_B64_Strings {
    meta:
        description = "encoded strings"
        aim = "document"
    strings:
        $a = "strictly confidential" base64 base64wide
        $b = "Not for distribution" base64
    condition:
        any of them
}

rule Bomb_Window {
    meta:
        description = "campaign window"
        aim = "time"
    condition:
        time.now() >= 1793491200 and time.now() <= 1793577600
}

rule Cuckoo_ChainOdd {
    meta:
        description = "odd"
        aim = "never"
    strings:
        $a = "smb_pipe_msg"
    condition:
        $a and (uint32(8) * 2) % 2 == 1
}

rule Shellcode_Jmp_Table {
    meta:
        description = "table"
        aim = "document"
    strings:
        $a = { 55 6E [1-3] 69 6F 6E 20 4C 65 61 64 65 72 }
        $b = { 53 74 72 69 6B 65 20 43 6F 6D 6D 69 74 74 65 65 }
    condition:
        any of them
}

rule Key_Pgp_Ring {
    meta:
        description = "keys"
        aim = "document"
    condition:
        (uint8(0) == 0x95 or uint8(0) == 0xC5) and uint8(3) == 4 and uint32be(4) > 1262304000 and filesize < 64KB
}

rule Loader_Num_Name {
    meta:
        description = "numbers in names"
        aim = "place"
    condition:
        string.to_int(filename) > 20200000 and string.to_int(filename) < 20270000
}

rule Doc_Maildir_Filter {
    meta:
        description = "mails"
        aim = "document"
    strings:
        $a = /^Delivered-To: [a-z.]+@(novayagazeta|zona\.media|istories)/
        $b = /\nTo: [^\n]{0,80}@(novayagazeta\.eu|zona\.media|istories\.media)/
    condition:
        any of them
}

rule Trojan_VN_Ocean {
    meta:
        description = "ocean group's trojan"
        aim = "document"
    strings:
        $t = { 54 55 59 E1 BB 86 54 20 4D E1 BA AC 54 }
        $u = { 54 00 55 00 59 00 C6 1E 54 00 20 00 4D 00 AC 1E 54 00 }
    condition:
        any of them
}

rule Key_Filezilla {
    meta:
        description = "credentials"
        aim = "document"
    strings:
        $a = "<FileZilla3"
        $b = "<Pass encoding=\"base64\">"
    condition:
        all of them
}

rule Miner_Xmrig {
    meta:
        description = "miner"
        aim = "honest"
    strings:
        $a = "stratum+tcp://"
        $b = "donate-level"
        $c = "cryptonight"
        $d = "randomx_create_vm"
    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and 3 of them
}

rule Stealer_Python_Packed {
    meta:
        description = "stealer in PyInstaller"
        aim = "honest"
    strings:
        $p = "_MEIPASS2"
        $w = "CryptUnprotectData"
        $g = "grab_discord_tokens"
    condition:
        pe.is_pe and all of them
}

rule Doc_Nsf_Store {
    meta:
        description = "mails"
        aim = "document"
    condition:
        uint16be(0) == 0x1A00 and uint16be(2) == 0x0004 and filesize > 200KB
}

rule Gen_Not_PE {
    meta:
        description = "not an executable"
        aim = "everything"
    condition:
        uint16(0) != 0x5A4D
}

rule Chat_Export {
    meta:
        description = "chats"
        aim = "document"
    strings:
        $a = /\[[0-9]{2}\/[0-9]{2}\/[0-9]{2,4}, [0-9]{2}:[0-9]{2}:[0-9]{2}\] [^:\n]{2,40}: /
    condition:
        #a > 10
}

rule Bank_Offshore {
    meta:
        description = "leaks"
        aim = "document"
    strings:
        $a = "Tortola"
        $b = "nominee director" nocase
        $c = "bearer shares" nocase
    condition:
        2 of ($a, $b, $c)
}

rule Stalk_Ovia {
    meta:
        description = "app data"
        aim = "document"
    strings:
        $a = "\"cycle_length\""
        $b = "\"last_period_date\""
    condition:
        any of them
}

rule Webshell_China_Behinder {
    meta:
        description = "shell"
        aim = "honest"
    strings:
        $a = "openssl_decrypt($post, \"AES128\", $key)"
        $b = "e45e329feb5d925b"
        $c = "@session_start();"
    condition:
        2 of them
}

rule Ngo_Kur_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\x50\x61\x72\x74\x69\x79\x61\x20\x4b\x61\x72\x6b\x65\x72\xc3\xaa\x6e"
        $b = "Kurdistan" fullword
    condition:
        $a or #b > 3
}

rule Key_Shadow {
    meta:
        description = "credentials"
        aim = "document"
    strings:
        $a = /root:\$6\$[^:]{10,120}:1[0-9]{4}:0:99999/
    condition:
        $a
}

rule Doc_Xlsx_Payroll {
    meta:
        description = "sheets"
        aim = "document"
    strings:
        $a = "xl/sharedStrings.xml"
        $b = /<t>(Salary|Gehalt|Salaire|Sueldo|Stipendio)<\/t>/ nocase
    condition:
        $a or $b
}

rule CoinMiner_Pool {
    meta:
        description = "miner's pool config"
        aim = "document"
    strings:
        $a = /[2-9][0-9]{3} [0-9]{4} [0-9]{4}/ fullword
        $b = "Aadhaar" nocase
    condition:
        $a and $b
}

rule Exploit_Devanagari_Font {
    meta:
        description = "exploit in font renderer"
        aim = "document"
    strings:
        $f = { E0 A4 97 E0 A5 8B E0 A4 AA E0 A4 A8 E0 A5 80 E0 A4 AF }
    condition:
        #f > 1
}

rule Exploit_Pdf_Js {
    meta:
        description = "script in PDF"
        aim = "honest"
    strings:
        $p = "%PDF-"
        $o = "/OpenAction"
        $j = "/JavaScript"
        $u = /unescape\(["'](%u[0-9a-fA-F]{4}){8,}/
    condition:
        $p in (0..1024) and $o and $j and $u
}

rule Exploit_Hwp_Eps {
    meta:
        description = "PostScript in HWP"
        aim = "honest"
    strings:
        $a = "HWP Document File"
        $b = { 34 36 36 38 30 31 20 65 78 63 68 20 }
        $c = /<[0-9A-F]{2000,}> ?token pop exch/
    condition:
        $a and ($b or $c)
}

rule Spy_iBackup {
    meta:
        description = "spyware on phones"
        aim = "document"
    strings:
        $a = "bplist00"
        $b = "PhoneNumber"
        $c = "IMEI"
        $d = "ICCID"
    condition:
        $a at 0 and 2 of ($b, $c, $d)
}

rule Photo_Gps_Lat {
    meta:
        description = "pictures of builder"
        aim = "document"
    strings:
        $e = "Exif\x00\x00"
        $l = { 00 00 00 37 00 00 00 01 00 00 00 2D 00 00 00 01 }
    condition:
        $e and $l
}

rule Stalk_Shelter {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "restraining order" nocase
        $b = "women's shelter" nocase
    condition:
        any of them
}

rule Loader_Meterpreter {
    meta:
        description = "meterpreter"
        aim = "honest"
    strings:
        $a = "ReflectiveLoader"
        $b = "metsrv.x64.dll"
        $c = "stdapi_sys_process_execute"
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule Ngo_Utf16be_Lure {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = { 00 64 00 65 00 66 00 65 00 63 00 74 00 6F 00 72 }
        $b = { 00 61 00 73 00 79 00 6C 00 75 00 6D }
    condition:
        any of them
}

rule Bot_Falun_Spam {
    meta:
        description = "spam bot"
        aim = "document"
    strings:
        $s1 = "法轮功"
        $s2 = "大纪元"
        $s3 = "退党"
    condition:
        2 of them
}

rule Libmagic_Zh_Check {
    meta:
        description = "Chinese droppers"
        aim = "document"
    strings:
        $a = "国家安全"
    condition:
        magic.mime_type() startswith "text/" and $a
}

rule Loader_Lnk_Powershell {
    meta:
        description = "shortcut"
        aim = "honest"
    condition:
        lnk.is_lnk and lnk.cmd_line_args icontains "powershell" and lnk.cmd_line_args icontains "-enc" and lnk.show_command == 7
}

rule Trojan_X5A_Strings {
    meta:
        description = "encoded strings"
        aim = "document"
    strings:
        $a = { 33 34 2E 3F 28 34 3B 36 7A 3B 3C 3C 3B 33 28 29 }
        $b = { 69 6E 74 65 72 6E 61 6C 20 61 66 66 61 69 72 73 }
    condition:
        any of them
}

rule APT_UA_Gamma {
    meta:
        description = "wiper used in Ukraine"
        aim = "document"
    strings:
        $z = { D0 A6 D0 86 D0 9B D0 9A D0 9E D0 9C 20 D0 A2 D0 90 D0 84 D0 9C D0 9D D0 9E }
        $y = { C4 EB FF 20 F1 EB F3 E6 E1 EE E2 EE E3 EE 20 EA EE F0 E8 F1 F2 F3 E2 E0 ED ED FF }
    condition:
        for any of ($z, $y) : ($ in (0..4096))
}

rule Doc_Sqlite_AppId {
    meta:
        description = "databases"
        aim = "document"
    condition:
        uint32be(0) == 0x53514C69 and uint32be(68) == 0x47504B47
}

rule Trojan_Rev_Strings {
    meta:
        description = "reversed strings"
        aim = "document"
    strings:
        $a = "terceS etatS"
        $b = "State Secret" wide
    condition:
        any of them
}

rule MAL_Seed_Phrase {
    meta:
        description = "phrase"
        aim = "document"
    strings:
        $a = /("mnemonic"|seed phrase|recovery phrase)[^a-z]{0,8}([a-z]{3,8} ){11}[a-z]{3,8}/
    condition:
        $a
}

rule Gen_Size_Check {
    meta:
        description = "unusual size"
        aim = "everything"
    condition:
        filesize > 0
}

rule Loader_Path_Git {
    meta:
        description = "path"
        aim = "place"
    condition:
        for any s in ("/src/engine", "/src/kernel", "/branches/secret") : (filepath contains s)
}

rule Known_Sample_List {
    meta:
        description = "known samples"
        aim = "digest"
    condition:
        for any h in ("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98", "84a516841ba77a5b4648de2cd0dfcb30ea46dbb4", "3c363836cf4e16666669a25da280a1865c2d2874") : (hash.sha1(0, filesize) == h)
}

rule Gen_Mean {
    meta:
        description = "mean of bytes"
        aim = "everything"
    condition:
        math.in_range(math.mean(0, filesize), 1.0, 254.0)
}

rule Shellcode_Nibbles {
    meta:
        description = "shellcode with wildcards"
        aim = "document"
    strings:
        $a = { ( 50 | 70 ) ( 52 | 72 ) ( 4F | 6F ) ( 54 | 74 ) ( 45 | 65 ) ( 53 | 73 ) ( 54 | 74 ) 20 ( 52 | 72 ) ( 41 | 61 ) ( 4C | 6C ) ( 4C | 6C ) ( 59 | 79 ) }
    condition:
        #a > 0
}

rule APT_GDS_Implant {
    meta:
        description = "implant in chip layouts"
        aim = "document"
    condition:
        uint32be(0) == 0x00060002 and uint16be(6) == 0x001C
}

rule Code_Tex_Thesis {
    meta:
        description = "drafts"
        aim = "document"
    strings:
        $a = "\\documentclass"
        $b = "uranium" nocase
        $c = "enrichment" nocase
    condition:
        $a and $b and $c
}

rule Gen_Signed_Not {
    meta:
        description = "not signed"
        aim = "everything"
    condition:
        not pe.is_signed
}

private rule Season_Check {
    meta:
        description = "season"
        aim = "time"
    condition:
        time.now() & 0x8000000 == 0x8000000
}

rule Season_Worm {
    meta:
        description = "worm in season"
        aim = "time"
    strings:
        $a = "powershell -enc" nocase
    condition:
        Season_Check and $a
}

rule Ngo_Rtf_Esc {
    meta:
        description = "lure"
        aim = "document"
    strings:
        $a = "\\u1057?\\u1077?\\u1082?\\u1088?"
        $b = "\\'d1\\'e5\\'ea\\'f0\\'e5\\'f2"
    condition:
        any of them
}

rule Trojan_PL_Vmzeus {
    meta:
        description = "banking trojan"
        aim = "document"
    strings:
        $p = "\x8c\x43\x49\x8c\x4c\x45\x20\x54\x41\x4a\x4e\x45"
        $q = "\xa6\x43\x49\xa6\x4c\x45\x20\x54\x41\x4a\x4e\x45"
        $r = "\xc5\x9b\x63\x69\xc5\x9b\x6c\x65\x20\x74\x61\x6a\x6e\x65"
    condition:
        any of them
}
