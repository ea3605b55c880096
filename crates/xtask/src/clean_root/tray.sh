# `$1`: the screen. With no session bus, no tray and no keychain, the app runs the daemon all the same, and opens its
# window, for want of an icon to click.
DISPLAY=$1 baton-app >~/app.log 2>&1 &
app=$!
shows() { grep -qs "\"pid\":$app[,}]" ~/.local/state/baton/control.json && grep -qs '^WebKitWebProces' /proc/[0-9]*/comm; }
for _ in $(seq 300); do
  shows && break
  kill -0 "$app" || { cat ~/app.log; exit 1; }
  sleep 0.1
done
shows || { cat ~/app.log; exit 1; }
baton status --json | grep -q '"label":"work"'
baton doctor || true
kill "$app"
wait "$app" || true
