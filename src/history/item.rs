//! One conversation in the list: opened by its row, renamed in place, deleted after a second word.

use candor_protocol::wire::{Conversation, TITLE_CHARS};
use web_sys::{Event, HtmlInputElement};
use yew::{Callback, Component, Context, Html, NodeRef, Properties};

use crate::element::{Element, button, element, key_down};
use crate::session::Session;
use crate::session::state::Tab;
use crate::shell::icon::{Icon, icon};
use crate::time;

/// See [`Item`].
#[derive(PartialEq, Properties)]
pub struct ItemProps {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether it is the one in the Chat tab.
    pub open: bool,
    /// What the visitor does.
    pub session: Session,
}

/// What is being done with the row.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Shown,
    Renaming,
    Deleting,
}

/// What the visitor does with the row.
pub enum ItemAction {
    /// Goes back to the row, whatever stands in the field.
    Leave,
    /// Wants another title.
    Rename,
    /// Takes the title that stands in the field.
    Save,
    /// Wants the conversation gone, and is asked once more.
    Delete,
}

/// One row.
pub struct Item {
    mode: Mode,
    field: NodeRef,
    /// Whether the field has just come, and needs its words and the focus. It keeps its own text from then on: a list that is
    /// fetched anew meanwhile does not undo what is being typed.
    is_field_new: bool,
}

impl Component for Item {
    type Message = ItemAction;
    type Properties = ItemProps;

    fn create(_: &Context<Self>) -> Self {
        Self { mode: Mode::Shown, field: NodeRef::default(), is_field_new: false }
    }

    fn update(&mut self, context: &Context<Self>, action: ItemAction) -> bool {
        self.mode = match action {
            ItemAction::Leave => Mode::Shown,
            ItemAction::Rename => Mode::Renaming,
            ItemAction::Delete => Mode::Deleting,
            ItemAction::Save => {
                let title = self.input().map(|field| field.value()).unwrap_or_default();
                if !title.trim().is_empty() {
                    let ItemProps { session, conversation, .. } = context.props();
                    session.rename(conversation.id.clone(), title.trim().to_owned());
                }
                Mode::Shown
            }
        };
        self.is_field_new = self.mode == Mode::Renaming;
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let item = element!("li", "class" = "conversation");
        match self.mode {
            Mode::Shown => item.child(row(context.props())).child(tools(context)),
            Mode::Renaming => item.child(self.renaming(context)),
            Mode::Deleting => item.child(deleting(context)),
        }
        .into()
    }

    fn rendered(&mut self, context: &Context<Self>, _: bool) {
        if let Some(field) = self.input().filter(|_| self.is_field_new) {
            field.set_value(shown_title(&context.props().conversation));
            let _ = field.focus();
            field.select();
        }
        self.is_field_new = false;
    }
}

impl Item {
    fn input(&self) -> Option<HtmlInputElement> {
        self.field.cast()
    }

    fn renaming(&self, context: &Context<Self>) -> Element {
        let link = context.link().clone();
        let on_keydown = Callback::from(move |event: Event| match key_down(&event).as_deref() {
            Some("Escape") => {
                // The panel would close.
                event.stop_propagation();
                link.send_message(ItemAction::Leave);
            }
            Some("Enter") => link.send_message(ItemAction::Save),
            _ => {}
        });
        let field = element!(
            "input",
            "aria-label" = "Title",
            "maxlength" = itoa::Buffer::new().format(TITLE_CHARS).to_owned()
        )
        .reference(&self.field)
        .on_keydown(on_keydown);
        let link = context.link();
        // No form: a sandboxed frame may not submit one.
        element!("div", "class" = "renaming")
            .child(field)
            .child(button("button", "Save").on_click(link.callback(|_| ItemAction::Save)))
            .child(button("link", "Cancel").on_click(link.callback(|_| ItemAction::Leave)))
    }
}

fn tools(context: &Context<Item>) -> Element {
    let title = shown_title(&context.props().conversation);
    let link = context.link();
    let tool = |word: &'static str, sign| {
        let name = [word, " ", title].concat();
        element!("button", "type" = "button", "class" = "plain", "aria-label" = name, "title" = word)
            .child(icon(sign))
    };
    element!("span", "class" = "tools")
        .child(tool("Rename", Icon::Rename).on_click(link.callback(|_| ItemAction::Rename)))
        .child(tool("Delete", Icon::Delete).on_click(link.callback(|_| ItemAction::Delete)))
}

fn deleting(context: &Context<Item>) -> Element {
    let ItemProps { session, conversation, .. } = context.props();
    let title = shown_title(conversation);
    let (session, id) = (session.clone(), conversation.id.clone());
    let delete = Callback::from(move |_| session.delete(id.clone()));
    element!("div", "class" = "deleting", "role" = "group", "aria-label" = ["Delete ", title].concat())
        .child(element!("p").string(&["Delete “", title, "” for good?"].concat()))
        .child(button("button bad", "Delete").on_click(delete))
        .child(button("link", "Keep").on_click(context.link().callback(|_| ItemAction::Leave)))
}

fn row(props: &ItemProps) -> Element {
    let conversation = &props.conversation;
    let open = {
        let (session, id) = (props.session.clone(), conversation.id.clone());
        Callback::from(move |_| session.open(id.clone(), Tab::Chat))
    };
    let unread = conversation.unread.then(|| {
        element!("span", "class" = "unread")
            .child(element!("span", "class" = "hidden").text(", not read yet"))
    });
    let title = element!("span", "class" = "title")
        .child(element!("span", "class" = "hidden").text("Open "))
        .string(shown_title(conversation))
        .maybe(unread);
    element!("button", "type" = "button", "class" = "row", "aria-current" = props.open.then_some("true"))
        .on_click(open)
        .child(title)
        .child(element!("time").string(&time::brief(conversation.updated_at)))
        .child(element!("span", "class" = "preview").string(&conversation.preview))
}

/// The title, or a word for a conversation that has none yet.
fn shown_title(conversation: &Conversation) -> &str {
    match conversation.title.trim() {
        "" => "New conversation",
        _ => &conversation.title,
    }
}
