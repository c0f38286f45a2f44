rule EICAR_Test_File {
	meta:
		author = "Pellucid project"
		description = "the EICAR standard anti-virus test file"
		reference = "https://www.eicar.org/download-anti-malware-testfile/"
		severity = "malicious"
	strings:
		$eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
	condition:
		$eicar at 0 and filesize <= 128
}

rule EICAR_Embedded {
	meta:
		author = "Pellucid project"
		description = "the EICAR test string inside a larger object"
		reference = "https://www.eicar.org/download-anti-malware-testfile/"
		severity = "suspicious"
	strings:
		$eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
	condition:
		$eicar and not EICAR_Test_File and filesize < 64KB
}

rule GTUBE_Test_Mail {
	meta:
		author = "Pellucid project"
		description = "the generic test for unsolicited bulk email"
		reference = "https://spamassassin.apache.org/gtube/"
		severity = "suspicious"
	strings:
		$gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
		$header = /^(From|Received|Return-Path|Subject|Date|Message-ID|To): /
	condition:
		$gtube and $header
}

rule ClamAV_Test_File {
	meta:
		author = "Pellucid project"
		description = "the program that ClamAV's own test files carry"
		reference = "https://packages.debian.org/bookworm/clamav-testfiles"
		severity = "malicious"
	strings:
		$start = { BB 71 10 40 00 33 C0 50 50 8B F3 53 53 50 B0 29 40 30 04 66 AC 79 F9 }
		$asks = "CLAMessageBoxA"
	condition:
		uint16(0) == 0x5a4d and all of them
}
