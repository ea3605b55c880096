# `$1`: the package. What apt says is worth reading only when it fails.
apt-get install --yes --no-install-recommends "$1" >/opt/apt.log 2>&1 || { tail -n 40 /opt/apt.log; exit 1; }
tail -n 3 /opt/apt.log
