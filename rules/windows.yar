import "pe"

rule Ransom_Note_Text {
	meta:
		author = "Pellucid project"
		description = "a note that demands a payment for encrypted files"
		reference = "https://attack.mitre.org/techniques/T1486/"
		severity = "malicious"
	strings:
		$a = "your files have been encrypted" nocase ascii wide
		$b = "all your files are encrypted" nocase ascii wide
		$c = "bitcoin" nocase ascii wide
		$d = ".onion" nocase ascii wide
		$e = "decrypt" nocase ascii wide
		$f = "personal id" nocase ascii wide
		$g = "do not rename" nocase ascii wide
	condition:
		filesize < 100KB and any of ($a, $b) and $e and 2 of ($c, $d, $f, $g)
}

rule Ransom_Deletes_Shadow_Copies {
	meta:
		author = "Pellucid project"
		description = "a program that deletes shadow copies and the backup catalogue"
		reference = "https://attack.mitre.org/techniques/T1486/"
		severity = "malicious"
	strings:
		$a = "vssadmin delete shadows /all /quiet" nocase ascii wide
		$b = "wmic shadowcopy delete" nocase ascii wide
		$c = "wbadmin delete catalog" nocase ascii wide
		$d = "recoveryenabled no" nocase ascii wide
	condition:
		uint16(0) == 0x5a4d and 2 of them
}

rule Batch_Deletes_Shadow_Copies {
	meta:
		author = "Pellucid project"
		description = "a script that deletes shadow copies and stops recovery"
		reference = "https://attack.mitre.org/techniques/T1486/"
		severity = "malicious"
	strings:
		$a = "vssadmin delete shadows" nocase
		$b = "bcdedit /set" nocase
		$c = "recoveryenabled no" nocase
		$d = "wbadmin delete catalog" nocase
	condition:
		filesize < 64KB and not uint16(0) == 0x5a4d and 3 of them
}

rule PowerShell_Encoded_Download {
	meta:
		author = "Pellucid project"
		description = "PowerShell that hides its window and downloads into memory"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "malicious"
	strings:
		$a = /powershell(\.exe)?[^\n]{0,60}-w(indowstyle)? hidden/ nocase
		$b = "DownloadString(" nocase
		$c = "IEX" 
		$d = "Invoke-Expression" nocase
	condition:
		filesize < 64KB and $a and $b and any of ($c, $d)
}

rule PowerShell_Encoded_Command {
	meta:
		author = "Pellucid project"
		description = "a script that starts PowerShell with a long encoded command"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "suspicious"
	strings:
		$a = /powershell(\.exe)?[^\n]{0,80} -e(nc|ncodedcommand)? [A-Za-z0-9+\/=]{200,}/ nocase
	condition:
		filesize < 64KB and $a
}

rule PowerShell_Amsi_Bypass {
	meta:
		author = "Pellucid project"
		description = "PowerShell that switches off the scan interface"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "malicious"
	strings:
		$a = "System.Management.Automation.AmsiUtils" nocase
		$b = "amsiInitFailed" nocase
		$c = "SetValue($null" nocase
	condition:
		filesize < 64KB and all of them
}

rule PowerShell_Reflective_Load {
	meta:
		author = "Pellucid project"
		description = "PowerShell that loads an assembly from base64 in memory"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "suspicious"
	strings:
		$a = "[System.Reflection.Assembly]::Load([System.Convert]::FromBase64String(" nocase
		$b = ".EntryPoint.Invoke(" nocase
	condition:
		filesize < 10MB and uint32(0) != 0x464c457f and all of them
}

rule PowerShell_Shellcode_Runner {
	meta:
		author = "Pellucid project"
		description = "PowerShell that copies code into executable memory and runs it"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "malicious"
	strings:
		$a = "VirtualAlloc" nocase
		$b = "CreateThread" nocase
		$c = "[System.Runtime.InteropServices.Marshal]::Copy(" nocase
		$d = "DllImport" nocase
	condition:
		filesize < 64KB and all of them
}

rule Office_Macro_Dropper {
	meta:
		author = "Pellucid project"
		description = "a macro that runs by itself and starts a shell"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$auto1 = "AutoOpen" nocase
		$auto2 = "Document_Open" nocase
		$auto3 = "Workbook_Open" nocase
		$run1 = "WScript.Shell" nocase
		$run2 = "powershell" nocase
		$get1 = "URLDownloadToFile" nocase
		$get2 = "MSXML2.XMLHTTP" nocase
	condition:
		uint32(0) == 0xe011cfd0 and any of ($auto*) and any of ($run*) and any of ($get*)
}

rule Office_Remote_Template {
	meta:
		author = "Pellucid project"
		description = "a document that takes its template from a network address"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "suspicious"
	strings:
		$a = "attachedTemplate" nocase
		$b = /Target="https?:\/\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/
	condition:
		filesize < 1MB and $a and $b
}

rule HTA_Runs_Shell {
	meta:
		author = "Pellucid project"
		description = "an HTML application that starts a command"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "suspicious"
	strings:
		$a = "<hta:application" nocase
		$b = "WScript.Shell" nocase
		$c = ".Run" nocase
		$d = "powershell" nocase
		$e = "cmd" nocase
	condition:
		filesize < 64KB and $a and $b and $c and any of ($d, $e)
}

rule JScript_Downloader {
	meta:
		author = "Pellucid project"
		description = "a Windows script that downloads and runs a program"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "ActiveXObject" nocase
		$b = "MSXML2.XMLHTTP" nocase
		$c = "ADODB.Stream" nocase
		$d = "SaveToFile" nocase
		$e = "WScript.Shell" nocase
	condition:
		filesize < 64KB and not uint16(0) == 0x5a4d and all of them
}

rule VBScript_Downloader {
	meta:
		author = "Pellucid project"
		description = "a Visual Basic script that downloads and runs a program"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "CreateObject(" nocase
		$b = "MSXML2.XMLHTTP" nocase
		$c = "ADODB.Stream" nocase
		$d = "SaveToFile" nocase
		$e = ".Run" nocase
	condition:
		filesize < 64KB and all of them
}

rule Shortcut_Starts_PowerShell {
	meta:
		author = "Pellucid project"
		description = "a shortcut that starts PowerShell with a hidden window"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "powershell" nocase ascii wide
		$b = "hidden" nocase ascii wide
		$c = "DownloadFile" nocase ascii wide
		$d = "DownloadString" nocase ascii wide
		$e = "-enc" nocase ascii wide
	condition:
		uint32(0) == 0x4c and $a and ($b or $e) and any of ($c, $d, $e)
}

rule Shortcut_Starts_Mshta {
	meta:
		author = "Pellucid project"
		description = "a shortcut that opens a remote HTML application"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "mshta" nocase ascii wide
		$b = "http" nocase ascii wide
	condition:
		uint32(0) == 0x4c and filesize < 100KB and all of them
}

rule Shortcut_Of_Unusual_Size {
	meta:
		author = "Pellucid project"
		description = "a shortcut that carries far more than a shortcut needs"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "suspicious"
	condition:
		uint32(0) == 0x4c and uint32(4) == 0x00021401 and filesize > 1MB
}

rule Mimikatz_Strings {
	meta:
		author = "Pellucid project"
		description = "the credential dumper mimikatz"
		reference = "https://attack.mitre.org/techniques/T1555/"
		severity = "malicious"
	strings:
		$a = "sekurlsa::logonpasswords" nocase ascii wide
		$b = "gentilkiwi" nocase ascii wide
		$c = "lsadump::" nocase ascii wide
		$d = "kerberos::golden" nocase ascii wide
	condition:
		uint16(0) == 0x5a4d and 2 of them
}

rule Browser_Credential_Stealer {
	meta:
		author = "Pellucid project"
		description = "a program that reads the stored logins of several browsers"
		reference = "https://attack.mitre.org/techniques/T1555/"
		severity = "malicious"
	strings:
		$a = "\\Google\\Chrome\\User Data" nocase ascii wide
		$b = "\\Mozilla\\Firefox\\Profiles" nocase ascii wide
		$c = "Login Data" ascii wide
		$d = "logins.json" ascii wide
		$e = "CryptUnprotectData" ascii wide
		$f = "\\Opera Software\\" nocase ascii wide
		$g = "wallet.dat" nocase ascii wide
	condition:
		uint16(0) == 0x5a4d and filesize < 5MB and $e and 5 of them
}

rule Discord_Token_Stealer {
	meta:
		author = "Pellucid project"
		description = "a script that collects chat tokens and sends them away"
		reference = "https://attack.mitre.org/techniques/T1555/"
		severity = "malicious"
	strings:
		$a = "discord.com/api/webhooks/" nocase
		$b = "leveldb" nocase
		$c = /\[\\w-\]\{24\}\\\.\[\\w-\]\{6\}/
	condition:
		filesize < 1MB and all of them
}

rule PE_Section_Named_By_Packer_UPX_Stripped {
	meta:
		author = "Pellucid project"
		description = "a PE image with UPX sections, the first of them still empty, but without UPX's mark"
		reference = "https://attack.mitre.org/techniques/T1027/002/"
		severity = "suspicious"
	strings:
		$m = "UPX!"
	condition:
		uint16(0) == 0x5a4d and uint32(uint32(0x3c)) == 0x4550 and uint32(uint32(0x3c) + 0xf8) == 0x30585055 and uint32(uint32(0x3c) + 0x108) == 0 and not $m
}

rule PE_Entry_Outside_All_Sections {
	meta:
		author = "Pellucid project"
		description = "a PE image that begins to run outside of its sections"
		reference = "https://attack.mitre.org/techniques/T1027/002/"
		severity = "suspicious"
	condition:
		pe.is_pe and pe.number_of_sections > 0 and pe.entry_point_raw != 0 and not for any s in pe.sections : (pe.entry_point_raw >= s.virtual_address and pe.entry_point_raw < s.virtual_address + s.virtual_size) and pe.entry_point_raw > pe.size_of_headers
}

rule PE_Double_Extension_In_Version {
	meta:
		author = "Pellucid project"
		description = "a program whose original name pretends to be a document"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "suspicious"
	condition:
		pe.is_pe and pe.version_info["OriginalFilename"] matches /\.(pdf|docx?|xlsx?|jpg|png)\.exe$/i
}

rule Batch_Adds_Defender_Exclusion {
	meta:
		author = "Pellucid project"
		description = "a script that takes a whole drive out of the virus scanner"
		reference = "https://attack.mitre.org/techniques/T1059/001/"
		severity = "suspicious"
	strings:
		$a = /Add-MpPreference -ExclusionPath ["']?[A-Z]:\\["']?[\s;]/ nocase
		$b = "Set-MpPreference -DisableRealtimeMonitoring $true" nocase
	condition:
		filesize < 64KB and not uint16(0) == 0x5a4d and any of them
}

rule Certutil_Decodes_And_Runs {
	meta:
		author = "Pellucid project"
		description = "a script that decodes a program with certutil and starts it"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "suspicious"
	strings:
		$a = /certutil(\.exe)? -(f )?decode(hex)? [^\n]{1,120}\.exe/ nocase
		$b = /certutil(\.exe)? -urlcache (-split )?-f https?:/ nocase
	condition:
		filesize < 64KB and any of them
}

rule Regsvr32_Remote_Scriptlet {
	meta:
		author = "Pellucid project"
		description = "a command that runs a scriptlet from the network"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "malicious"
	strings:
		$a = /regsvr32(\.exe)? [^\n]{0,40}\/i:https?:\/\/[^\n]{4,120}scrobj\.dll/ nocase
	condition:
		filesize < 64KB and $a
}

rule One_Note_With_Script {
	meta:
		author = "Pellucid project"
		description = "a OneNote file that carries a script to be clicked"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "<script" nocase
		$b = "WScript.Shell" nocase
		$c = "powershell" nocase
	condition:
		uint32be(0) == 0xe4525c7b and any of ($b, $c) and $a
}

rule RTF_With_Equation_Object {
	meta:
		author = "Pellucid project"
		description = "an RTF file that embeds the equation editor's object"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "\\objdata" nocase
		$b = "4571756174696f6e2e33" nocase
		$c = "02ce020000000000c000000000000046" nocase
	condition:
		uint32be(0) == 0x7b5c7274 and $a and any of ($b, $c)
}

rule PDF_Launches_Command {
	meta:
		author = "Pellucid project"
		description = "a PDF file that starts a command when opened"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "malicious"
	strings:
		$a = "/OpenAction"
		$b = "/Launch"
		$c = "cmd.exe" nocase
		$d = "powershell" nocase
	condition:
		uint32be(0) == 0x25504446 and $a and $b and any of ($c, $d)
}

rule ISO_Hides_Shortcut_And_Library {
	meta:
		author = "Pellucid project"
		description = "a disk image that holds a shortcut beside a library"
		reference = "https://attack.mitre.org/techniques/T1204/002/"
		severity = "suspicious"
	strings:
		$iso = "CD001"
		$lnk = {4c 00 00 00 01 14 02 00 00 00 00 00 c0 00 00 00 00 00 00 46}
		$dll = ".DLL;1" nocase
	condition:
		$iso at 0x8001 and $lnk and $dll and filesize < 50MB
}
