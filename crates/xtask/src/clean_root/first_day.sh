# Ann's first day. `$1`: the version that she installed.
test "$(command -v baton)" = /usr/bin/baton
test "$(command -v baton-app)" = /usr/bin/baton-app
test "$(dpkg-query --show --showformat '${Version}' baton)" = "$1"
baton --version
baton demo

# This machine has no keychain, so she chooses a file.
mkdir -p ~/.config/baton
printf '[vault]\nstore = "file"\n' >~/.config/baton/config.toml
echo made-up-key-of-ann | baton add openrouter --key-stdin --label work

baton run >~/daemon.log 2>&1 &
daemon=$!
for _ in $(seq 100); do test -e ~/.local/state/baton/control.json && break; sleep 0.1; done
baton status
baton status --json | grep -q '"label":"work"'
kill "$daemon"
wait "$daemon" || true
test -s ~/.local/share/baton/ledger.db
