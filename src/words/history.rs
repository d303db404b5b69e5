//! The History tab.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// The History tab.
    pub enum History of "history" {
        Cancel "cancel" = "Cancel",
        CodeHere "code_here" = "Code from your other device",
        CodeUntil "code_until" = "Enter it on the other device until {time}. It works once.",
        ContinueHere "continue_here" = "Continue here",
        Conversations "conversations" = "Conversations",
        Delete "delete" = "Delete",
        DeleteAll "delete_all" = "Delete everything",
        DeleteAllSure "delete_all_sure" = "Delete all your conversations for good?",
        DeleteNamed "delete_named" = "Delete {title}",
        DeleteSure "delete_sure" = "Delete “{title}” for good?",
        Devices "devices" = "Other devices",
        DownloadJson "download_json" = "Download as JSON",
        DownloadText "download_text" = "Download as text",
        Earlier "earlier" = "Show earlier ones",
        Empty "empty" = "No conversations yet. The first message starts one.",
        ExportFailed "export_failed" = "The file can’t be made at the moment. Your conversations are kept. Please try again.",
        Failed "failed" = "The conversations can’t be shown at the moment. They are not lost.",
        Found "found" = "one:{count} conversation found|other:{count} conversations found",
        FoundMore "found_more" = "one:more than {count} conversation found|other:more than {count} conversations found",
        FoundNone "found_none" = "No conversation has these words, in its title or its messages.",
        FoundNoneYet "found_none_yet" = "None of the latest conversations has these words.",
        GetCode "get_code" = "Get a code",
        Keep "keep" = "Keep",
        Linked "linked" = "Your conversations are here now.",
        New "new" = "New",
        Open "open" = "Open",
        Rename "rename" = "Rename",
        RenameNamed "rename_named" = "Rename {title}",
        Save "save" = "Save",
        Search "search" = "Search conversations",
        SignOutOthers "sign_out_others" = "Sign out other devices",
        SignedOutOthers "signed_out_others" = "Other devices are signed out.",
        Title "title" = "Title",
        Unread "unread" = "not read yet",
        YourConversations "your_conversations" = "Your conversations",
        YourData "your_data" = "Your data",
    }
}
