dpkg-query --listfiles baton >/opt/files
apt-get purge --yes baton >/opt/apt.log 2>&1 || { cat /opt/apt.log; exit 1; }
while read -r path; do
  if test -f "$path" || test -L "$path"; then echo "left behind: $path"; exit 1; fi
done </opt/files
left=$(find / -xdev \( -path /proc -o -path /home -o -path /opt -o -path /var/lib/apt -o -path /var/log \) -prune -o -iname '*baton*' -print)
if test -n "$left"; then echo "left behind: $left"; exit 1; fi
for file in .config/baton/config.toml .local/share/baton/ledger.db .local/share/baton/vault.json; do
  test -s "/home/ann/$file"
done
