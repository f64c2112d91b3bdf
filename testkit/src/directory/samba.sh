#!/usr/bin/env bash
# Runs Samba as the domain controller of CONTOSO, in the foreground. FOLDER has ca.pem, cert.pem and key.pem; everything is
# made there. It listens for LDAP alone, at ADDRESS: an address of the loopback interface, so that the ports, which can't be
# chosen, are nobody else's.
set -euo pipefail
folder=$1 address=$2
here=$(cd "$(dirname "$0")" && pwd)
domain=$folder/domain
mkdir -p "$folder/run" "$folder/ncalrpc"

samba-tool domain provision --realm=CONTOSO.EXAMPLE --domain=CONTOSO --server-role=dc --dns-backend=NONE \
    --adminpass='Adm1nistrator.pw' --host-name=dc1 --host-ip="$address" --targetdir="$domain" \
    --option="interfaces=$address/8" --option='bind interfaces only=yes' \
    --option='vfs objects=dfs_samba4 acl_xattr' --option="posix:eadb=$folder/eadb.tdb"

mkdir -p "$domain/private/tls"
cp "$folder"/{ca,cert,key}.pem "$domain/private/tls/"
chmod 600 "$domain/private/tls/key.pem"
configuration=$domain/etc/smb.conf
sed -i "/^\s*server services/d; /^\s*log file/d; /^\s*panic action/d; /^\s*dcerpc endpoint servers/d" "$configuration"
sed -i "/^\[global\]/r /dev/stdin" "$configuration" <<EOF
server services = ldap
dcerpc endpoint servers =
log file = $folder/samba.log
pid directory = $folder/run
ncalrpc dir = $folder/ncalrpc
tls enabled = yes
tls cafile = tls/ca.pem
tls certfile = tls/cert.pem
tls keyfile = tls/key.pem
EOF

/usr/bin/python3 "$here/samba_users.py" "$configuration" "$domain/private/sam.ldb"
exec samba -s "$configuration" -i -M single --no-process-group
