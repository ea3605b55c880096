# A person, and what everybody has. Nothing here is kept for longer than an hour, so nothing waits for the disk.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe-io
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
useradd --create-home ann
apt-get update -qq
