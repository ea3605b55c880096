# `$1`: the version that Ann has now; `$2`: the one before.
test "$(dpkg-query --show --showformat '${Version}' baton)" != "$2"
test "$(baton --version)" = "baton $1"
baton status --json | grep -q '"label":"work"'
for file in /usr/share/applications/Baton.desktop /usr/share/icons/hicolor/scalable/apps/baton-app.svg \
  /usr/share/metainfo/io.github.opencode-baton.metainfo.xml /usr/share/doc/baton/copyright; do
  test -s "$file"
done
