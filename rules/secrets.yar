rule Private_Key_RSA {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (RSA)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN RSA PRIVATE KEY-----\r?\n(Proc-Type|DEK-Info|[A-Za-z0-9+\/=]{40})/
	condition:
		filesize < 20KB and $a at 0
}

rule Private_Key_EC {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (EC)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN EC PRIVATE KEY-----\r?\n(Proc-Type|DEK-Info|[A-Za-z0-9+\/=]{40})/
	condition:
		filesize < 20KB and $a at 0
}

rule Private_Key_DSA {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (DSA)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN DSA PRIVATE KEY-----\r?\n(Proc-Type|DEK-Info|[A-Za-z0-9+\/=]{40})/
	condition:
		filesize < 20KB and $a at 0
}

rule Private_Key_OpenSSH {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (OpenSSH)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN OPENSSH PRIVATE KEY-----\r?\n(Proc-Type|DEK-Info|[A-Za-z0-9+\/=]{40})/
	condition:
		filesize < 20KB and $a at 0
}

rule Private_Key_PGP {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (PGP)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN PGP PRIVATE KEY BLOCK-----\r?\n[ -~\r\n]{0,200}/
	condition:
		filesize < 20KB and $a at 0
}

rule Private_Key_PKCS8 {
	meta:
		author = "Pellucid project"
		description = "an exposed private key (PKCS8)"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /-----BEGIN PRIVATE KEY-----\r?\n(Proc-Type|DEK-Info|[A-Za-z0-9+\/=]{40})/
	condition:
		filesize < 20KB and $a at 0
}

rule Putty_Private_Key {
	meta:
		author = "Pellucid project"
		description = "an exposed private key of PuTTY"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = "PuTTY-User-Key-File-"
		$b = "Private-Lines: "
	condition:
		filesize < 20KB and $a at 0 and $b
}

rule Aws_Access_Key_With_Secret {
	meta:
		author = "Pellucid project"
		description = "an access key of AWS with its secret"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /aws_access_key_id\s{0,2}=\s{0,2}(AKIA|ASIA)[0-9A-Z]{16}/ nocase
		$b = /aws_secret_access_key\s{0,2}=\s{0,2}[A-Za-z0-9\/+=]{40}/ nocase
	condition:
		filesize < 64KB and all of them
}

rule Github_Token {
	meta:
		author = "Pellucid project"
		description = "a personal access token of GitHub"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /\bghp_[A-Za-z0-9]{36}\b/
		$b = /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/
	condition:
		filesize < 64KB and any of them
}

rule Slack_Token {
	meta:
		author = "Pellucid project"
		description = "a token of Slack"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = /\bxox[bpars]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9]{20,}/
	condition:
		filesize < 64KB and $a
}

rule Google_Service_Account_Key {
	meta:
		author = "Pellucid project"
		description = "the key file of a Google service account"
		reference = "https://attack.mitre.org/techniques/T1552/004/"
		severity = "suspicious"
	strings:
		$a = "\"type\": \"service_account\""
		$b = "\"private_key\": \"-----BEGIN PRIVATE KEY-----"
	condition:
		filesize < 20KB and all of them
}
