<?php

namespace Candor\Admin;

use Candor\Store\AuditLog;
use Candor\Store\Database;

/** The tab with what owners have done. */
final class AuditTab
{
    public static function render(): void
    {
        printf('<p>%s</p>', esc_html(sprintf(
            /* translators: %s: a number */
            __('What whoever may manage this site has done with the chat: signed in from an address that is not in this list, changed settings (of which the values are kept nowhere), exported or erased conversations; and which address has tried too many wrong tokens, and when a visitor has erased everything. Of each kind the latest %s are kept, for a year.', 'candor'),
            number_format_i18n(AuditLog::MAX_ENTRIES_OF_EVENT)
        )));
        $table = new AuditTable(new AuditLog(Database::site()));
        $table->prepare_items();
        $table->display();
    }
}
