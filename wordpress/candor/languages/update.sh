#!/bin/sh
# Collects every sentence for translators into candor.pot, and brings each translation up to it, with GNU gettext. What is then
# untranslated (`msgattrib --untranslated`) is to be written. `cargo xtask package` compiles what WordPress reads.
set -e
cd "$(dirname "$0")/.."
pot=languages/candor.pot
words() {
	xgettext --from-code=UTF-8 --force-po --sort-by-file --add-comments=translators --package-name=Candor \
		--msgid-bugs-address= --keyword=__ --keyword=esc_html__ --keyword=esc_attr__ --keyword=esc_html_e --keyword=_n:1,2 "$@"
}
find . -name '*.php' -not -path './widget/*' | LC_ALL=C sort | sed 's|^\./||' | words --language=PHP --files-from=- --output=$pot
words --language=JavaScript --join-existing --output=$pot assets/admin.js blocks/chat/editor.js
# WordPress looks for what stands in block.json, and in the plugin's header, under these contexts and none.
for field in title description; do
	sed -n "s/^\t\"$field\": \"\(.*\)\",\$/\nmsgctxt \"block $field\"\nmsgid \"\1\"\nmsgstr \"\"/p" blocks/chat/block.json >> $pot
done
sed -n 's/^ \* Description: *\(.*\)$/\n#. Description of the plugin\nmsgid "\1"\nmsgstr ""/p' candor.php >> $pot
# The day on which it was made would make every run another file.
sed -i -e '/^"POT-Creation-Date:/d' -e 's/charset=CHARSET/charset=UTF-8/' -e 's/^# SOME DESCRIPTIVE TITLE\.$/# Candor for WordPress./' \
	-e "/^# Copyright (C) YEAR/d" -e 's/^# This file is distributed under.*$/# GPL-2.0-or-later, as the plugin./' -e '/^# FIRST AUTHOR/d' $pot
msgfmt --check-format --output-file=/dev/null $pot 2>/dev/null || msgfmt -c -o /dev/null $pot
# No guesses from sentences that are alike, and nothing that is gone.
for po in languages/*.po; do
	msgmerge --quiet --no-fuzzy-matching --update --backup=none "$po" $pot
	msgattrib --no-obsolete --output-file="$po" "$po"
	msgfmt --check --output-file=/dev/null "$po"
done
