#!/bin/sh
# Usage: network.sh PROGRAMS AND LIBRARIES...   What scans, parses or shows has no network: neither a library of one, nor
# a call that reaches another machine; and src/net is used by the programs that go online alone.
rc=0
for f in "$@"; do
	if readelf -dW "$f" 2>/dev/null | grep -E 'NEEDED.*(curl|microhttpd|libssl)'; then
		echo "$f needs a network library"
		rc=1
	fi
	if nm "$f" 2>/dev/null | grep -E ' [TtUW] (curl_easy_|MHD_start|SSL_connect|httpd_start|fetch_open)'; then
		echo "$f holds a network library"
		rc=1
	fi
	case $f in
	*.a)
		# the probe of the walls gives a UNIX socket of its own a name, for a worker to write to in vain
		if nm -A -u "$f" | grep -E ' U (connect|bind|listen|accept4?|getaddrinfo|gethostbyname|sendto)$' |
			grep -v 'probe_walls\.c\.o:.* U bind$'; then
			echo "$f calls the network"
			rc=1
		fi
		;;
	esac
done
users=$(grep -rl '"net/' src --include='*.[ch]' | grep -v '^src/net/' | grep -vE '^src/cli/(log_|submit_main\.c|witness_main\.c|update_)')
[ -z "$users" ] || { echo "src/net is used outside the programs that go online: $users"; rc=1; }
exit $rc
