rule Bash_Reverse_Shell_Dev_Tcp {
	meta:
		author = "Pellucid project"
		description = "a shell's input and output sent to a network address"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = /bash -i [>&12]{1,4}\s{0,2}\/dev\/(tcp|udp)\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\/[0-9]{2,5} 0>&1/
	condition:
		filesize < 64KB and $a
}

rule Python_Reverse_Shell {
	meta:
		author = "Pellucid project"
		description = "the common reverse shell in Python"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = "socket.socket(socket.AF_INET,socket.SOCK_STREAM)"
		$b = "os.dup2(s.fileno(),0)"
		$c = "pty.spawn("
		$d = "subprocess.call([\"/bin/"
	condition:
		filesize < 64KB and $a and $b and any of ($c, $d)
}

rule Perl_Reverse_Shell {
	meta:
		author = "Pellucid project"
		description = "the common reverse shell in Perl"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = "use Socket;"
		$b = "open(STDIN,\">&S\")"
		$c = "exec(\"/bin/sh -i\")"
	condition:
		filesize < 64KB and all of them
}

rule Ruby_Reverse_Shell {
	meta:
		author = "Pellucid project"
		description = "the common reverse shell in Ruby"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = "TCPSocket.open("
		$b = "exec sprintf(\"/bin/sh -i <&%d >&%d 2>&%d\""
	condition:
		filesize < 64KB and all of them
}

rule Netcat_Fifo_Reverse_Shell {
	meta:
		author = "Pellucid project"
		description = "a shell joined to netcat through a FIFO"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = /mkfifo \/tmp\/[a-z0-9]{1,12}\s{0,2};\s{0,2}cat \/tmp\/[a-z0-9]{1,12}\s{0,2}\|\s{0,2}\/bin\/(ba)?sh -i 2>&1\s{0,2}\|\s{0,2}nc /
	condition:
		filesize < 64KB and $a
}

rule PHP_Reverse_Shell_One_Liner {
	meta:
		author = "Pellucid project"
		description = "the common reverse shell in PHP on a command line"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = "fsockopen("
		$b = "exec(\"/bin/sh -i <&3 >&3 2>&3\")"
	condition:
		filesize < 64KB and all of them
}

rule Socat_Reverse_Shell {
	meta:
		author = "Pellucid project"
		description = "a terminal handed out through socat"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "malicious"
	strings:
		$a = /socat exec:['\"]?(bash|\/bin\/sh) -li['\"]?,pty,stderr,setsid,sigint,sane tcp:/ nocase
	condition:
		filesize < 64KB and $a
}

rule Download_Piped_Into_Shell_From_Address {
	meta:
		author = "Pellucid project"
		description = "a script from a bare network address, run unseen"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "suspicious"
	strings:
		$a = /(curl|wget)( -[a-zA-Z]{1,8}){0,4} https?:\/\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}[^ |;]{0,80} ?\| ?(ba)?sh/
	condition:
		filesize < 64KB and $a
}

rule Cron_Download_Into_Shell {
	meta:
		author = "Pellucid project"
		description = "a crontab line that fetches and runs a script"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "malicious"
	strings:
		$a = /\*\/[0-9]{1,2} \* \* \* \* (root )?(curl|wget)[^\n]{4,120}\| ?(ba)?sh/
	condition:
		filesize < 64KB and $a
}

rule Ld_So_Preload_Installer {
	meta:
		author = "Pellucid project"
		description = "a script that writes a library into /etc/ld.so.preload"
		reference = "https://attack.mitre.org/techniques/T1574/006/"
		severity = "malicious"
	strings:
		$a = /echo [^\n>]{1,80}\.so ?>>? ?\/etc\/ld\.so\.preload/
	condition:
		filesize < 64KB and $a
}

rule Miner_Xmrig_Configuration {
	meta:
		author = "Pellucid project"
		description = "a configuration of the miner XMRig with a pool and a wallet"
		reference = "https://attack.mitre.org/techniques/T1496/"
		severity = "malicious"
	strings:
		$a = "\"donate-level\""
		$b = "\"pools\""
		$c = "\"randomx\""
		$d = /"user": ?"4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}"/
	condition:
		filesize < 64KB and $a and $b and any of ($c, $d) and $d
}

rule Miner_Command_Line {
	meta:
		author = "Pellucid project"
		description = "a miner started with a pool and a Monero wallet"
		reference = "https://attack.mitre.org/techniques/T1496/"
		severity = "malicious"
	strings:
		$a = "stratum+tcp://"
		$b = /-u ?4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}/
	condition:
		filesize < 64KB and $a and $b
}

rule Miner_Kills_Its_Rivals {
	meta:
		author = "Pellucid project"
		description = "a script that ends other miners before it starts its own"
		reference = "https://attack.mitre.org/techniques/T1496/"
		severity = "malicious"
	strings:
		$a = /pkill -f (xmrig|kdevtmpfsi|kinsing|minerd)/
		$b = "stratum+tcp"
		$c = "nanopool.org"
		$d = "minexmr.com"
		$e = "chattr -i"
	condition:
		filesize < 64KB and #a > 2 and any of ($b, $c, $d, $e)
}

rule Rootkit_Preload_Hides_Files {
	meta:
		author = "Pellucid project"
		description = "a library that hides entries by wrapping readdir"
		reference = "https://attack.mitre.org/techniques/T1014/"
		severity = "suspicious"
	strings:
		$a = "readdir64"
		$c = "/etc/ld.so.preload"
		$d = "/proc/net/tcp"
		$e = "dlsym"
	condition:
		uint32(0) == 0x464c457f and filesize < 300KB and $a and $c and $d and $e
}

rule Rootkit_Module_Hides_Itself {
	meta:
		author = "Pellucid project"
		description = "a kernel module that takes itself out of the module list and hooks calls"
		reference = "https://attack.mitre.org/techniques/T1014/"
		severity = "malicious"
	strings:
		$a = "kallsyms_lookup_name"
		$b = "sys_call_table"
		$c = "vermagic="
		$d = "getdents64"
		$e = "hide_" 
	condition:
		uint32(0) == 0x464c457f and filesize < 2MB and $c and $b and $d and any of ($a, $e)
}

rule Ssh_Key_Planted_By_Script {
	meta:
		author = "Pellucid project"
		description = "a script that adds a key to root's authorized_keys and opens the way"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "suspicious"
	strings:
		$a = /echo ["']?ssh-(rsa|ed25519) AAAA[A-Za-z0-9+\/=]{40,} ?[^\n]{0,60}>> ?(~|\/root)\/\.ssh\/authorized_keys/
	condition:
		filesize < 64KB and $a
}

rule Base64_Piped_Into_Shell {
	meta:
		author = "Pellucid project"
		description = "a long base64 text decoded into a shell"
		reference = "https://attack.mitre.org/techniques/T1059/004/"
		severity = "suspicious"
	strings:
		$a = /echo ["']?[A-Za-z0-9+\/=]{120,}["']? ?\| ?base64 (-d|--decode) ?\| ?(ba)?sh/
	condition:
		filesize < 64KB and $a
}

rule Shell_History_Erased_And_Logs_Cut {
	meta:
		author = "Pellucid project"
		description = "a script that erases history and logs"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "suspicious"
	strings:
		$a = "unset HISTFILE"
		$b = "/var/log/wtmp"
		$c = "/var/log/lastlog"
		$d = /(cat \/dev\/null|echo) ?> ?\/var\/log\//
		$e = "history -c"
	condition:
		filesize < 64KB and 4 of them
}

rule Disable_Security_Services_Script {
	meta:
		author = "Pellucid project"
		description = "a script that stops firewall, SELinux and cloud agents together"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "suspicious"
	strings:
		$a = "setenforce 0"
		$b = /systemctl (stop|disable) (aliyun|cloud-?monitor|falcon|auditd|apparmor)/
		$c = "ufw disable"
		$d = "iptables -F"
		$e = "aliyun-service"
	condition:
		filesize < 64KB and 3 of them
}

rule ELF_Packed_By_UPX_Renamed {
	meta:
		author = "Pellucid project"
		description = "an ELF file packed by UPX whose marks were changed"
		reference = "https://attack.mitre.org/techniques/T1027/002/"
		severity = "suspicious"
	strings:
		$a = "$Info: This file is packed with the UPX executable packer"
		$b = "$Id: UPX "
	condition:
		uint32(0) == 0x464c457f
		and (uint8(4) == 1 and uint16(0x30) == 0 or uint8(4) != 1 and uint16(0x3c) == 0) // UPX leaves no section
		and ($a or $b) and not for any i in (0 .. 0x200) : (uint32(i) == 0x21585055)
}

rule ELF_Static_Downloader_For_Many_Architectures {
	meta:
		author = "Pellucid project"
		description = "a bot that spreads itself for many processors"
		reference = "https://attack.mitre.org/techniques/T1105/"
		severity = "malicious"
	strings:
		$a = "/bin/busybox"
		$b = ".mips"
		$c = ".mpsl"
		$d = ".arm7"
		$e = ".sh4"
		$f = "/proc/net/route"
		$g = "wget http"
	condition:
		uint32(0) == 0x464c457f and filesize < 400KB and $a and $g and 3 of ($b, $c, $d, $e, $f)
}

rule Script_Ransom_Openssl_Loop {
	meta:
		author = "Pellucid project"
		description = "a script that runs openssl over files and removes the originals"
		reference = "https://attack.mitre.org/techniques/T1486/"
		severity = "malicious"
	strings:
		$a = /find [^\n]{1,80}-exec openssl enc -aes/
		$b = /openssl enc -aes[^\n]{1,120}&& ?rm -f/
	condition:
		filesize < 64KB and any of them
}
