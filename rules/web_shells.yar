rule PHP_Eval_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to eval()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\beval\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_Assert_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to assert()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bassert\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_System_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to system()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bsystem\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_Passthru_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to passthru()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bpassthru\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_ShellExec_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to shell_exec()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bshell_exec\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_Exec_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to exec()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bexec\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_Popen_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to popen()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bpopen\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_ProcOpen_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to proc_open()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bproc_open\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_CreateFunction_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that hands a request's parameter to create_function()"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$call = /\bcreate_function\s{0,8}\(\s{0,8}(@|stripslashes\s?\(|base64_decode\s?\()?\s{0,8}\$_(GET|POST|REQUEST|COOKIE)\s?\[/ nocase
	condition:
		$open and filesize < 200KB and $call
}

rule PHP_Eval_Of_Packed_Code {
	meta:
		author = "Pellucid project"
		description = "PHP that evaluates compressed and base64-coded code"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$a = /eval\s{0,4}\(\s{0,4}gzinflate\s{0,4}\(\s{0,4}(base64_decode|str_rot13)/ nocase
		$b = /eval\s{0,4}\(\s{0,4}gzuncompress\s{0,4}\(\s{0,4}base64_decode/ nocase
	condition:
		$open and filesize < 200KB and any of ($a, $b)
}

rule PHP_Variable_Function_Of_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that calls a function whose name comes with the request"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$a = /\$_(GET|POST|REQUEST)\s?\[[^\]]{1,40}\]\s?\(\s?\$_(GET|POST|REQUEST)/
	condition:
		$open and filesize < 200KB and $a
}

rule PHP_Preg_Replace_Evaluates_Request {
	meta:
		author = "Pellucid project"
		description = "PHP that runs a request through the /e modifier"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$a = /preg_replace\s?\(\s?["']\/\.\*\/e["']/ nocase
		$b = "$_POST"
		$c = "$_REQUEST"
		$d = "$_GET"
	condition:
		$open and filesize < 200KB and $a and any of ($b, $c, $d)
}

rule PHP_Shell_Interface {
	meta:
		author = "Pellucid project"
		description = "a PHP page that offers a command line, files and databases"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$a = "uname -a" nocase
		$b = "safe_mode" nocase
		$c = "shell_exec" nocase
		$d = "Execute command" nocase
		$e = "disable_functions" nocase
		$f = "/etc/passwd"
		$g = "posix_getpwuid"
	condition:
		$open and filesize < 200KB and 5 of ($a, $b, $c, $d, $e, $f, $g) and $c
}

rule PHP_Upload_Without_Check {
	meta:
		author = "Pellucid project"
		description = "a PHP page of few lines that stores any uploaded file under its own name"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$open = "<?php" nocase
		$a = "move_uploaded_file" nocase
		$b = "$_FILES" nocase
		$c = "basename" nocase
	condition:
		$open and filesize < 200KB and $a and $b and not $c and filesize < 1KB
}

rule JSP_Runtime_Exec_Of_Parameter {
	meta:
		author = "Pellucid project"
		description = "JSP that runs a request's parameter as a command"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "Runtime.getRuntime().exec("
		$b = "request.getParameter("
	condition:
		$page and filesize < 200KB and $a and $b
}

rule JSP_Defines_Class_From_Request {
	meta:
		author = "Pellucid project"
		description = "JSP that loads a class out of the request"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "defineClass("
		$b = "request."
		$c = "ClassLoader"
	condition:
		$page and filesize < 200KB and all of ($a, $b, $c)
}

rule JSP_ProcessBuilder_Of_Parameter {
	meta:
		author = "Pellucid project"
		description = "JSP that starts a process named by the request"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "new ProcessBuilder("
		$b = "request.getParameter("
	condition:
		$page and filesize < 200KB and $a and $b
}

rule ASPX_Process_Start_Of_Request {
	meta:
		author = "Pellucid project"
		description = "ASPX that starts cmd.exe with a request's parameter"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "ProcessStartInfo" nocase
		$b = "cmd.exe" nocase
		$c = "Request" nocase
		$d = "RedirectStandardOutput" nocase
	condition:
		$page and filesize < 200KB and all of ($a, $b, $c, $d)
}

rule ASP_Eval_Of_Request {
	meta:
		author = "Pellucid project"
		description = "ASP that evaluates a request's parameter"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = /<%\s{0,4}(eval|execute)\s{0,4}\(?\s{0,4}request\s?[(.]/ nocase
	condition:
		$page and filesize < 200KB and $a
}

rule ASP_WScript_Shell_Of_Request {
	meta:
		author = "Pellucid project"
		description = "ASP that runs a request's parameter through WScript.Shell"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "WScript.Shell" nocase
		$b = ".Exec(" nocase
		$c = "Request.Form" nocase
		$d = "Request.QueryString" nocase
	condition:
		$page and filesize < 200KB and $a and $b and any of ($c, $d)
}

rule ASPX_Jscript_Eval_Of_Request {
	meta:
		author = "Pellucid project"
		description = "ASPX in JScript that evaluates a request with full rights"
		reference = "https://attack.mitre.org/techniques/T1505/003/"
		severity = "malicious"
	strings:
		$page = "<%"
		$a = "eval(Request" nocase
		$b = "\"unsafe\"" nocase
	condition:
		$page and filesize < 200KB and $a and $b
}
