//! One conversation in the list: opened by its row, renamed in place, deleted after a second word.

use candor_protocol::wire::{Conversation, TITLE_CHARS};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::{Callback, Component, Context, Html, NodeRef, Properties};

use crate::element::{Element, button, element};
use crate::session::Session;
use crate::shell::icon::{Icon, icon};
use crate::time;
use crate::words::{self, Core, History};

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
    row: NodeRef,
    field: NodeRef,
    /// What gets the focus, where something else has just come in the row's place.
    next: Option<&'static str>,
}

/// What gets the focus: the field with the title, the word that deletes nothing, or where either was asked for.
const FIELD: &str = "input";
const KEEP: &str = ".link";
const RENAME: &str = ".rename";
const DELETE: &str = ".delete";

impl Component for Item {
    type Message = ItemAction;
    type Properties = ItemProps;

    fn create(_: &Context<Self>) -> Self {
        Self { mode: Mode::Shown, row: NodeRef::default(), field: NodeRef::default(), next: None }
    }

    fn update(&mut self, context: &Context<Self>, action: ItemAction) -> bool {
        self.next = Some(match (&action, self.mode) {
            (ItemAction::Rename, _) => FIELD,
            (ItemAction::Delete, _) => KEEP,
            (_, Mode::Deleting) => DELETE,
            _ => RENAME,
        });
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
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let item = element!("li", "class" = "conversation").reference(&self.row);
        match self.mode {
            Mode::Shown => item.child(row(context.props())).child(tools(context)),
            Mode::Renaming => item.child(self.renaming(context)),
            Mode::Deleting => item.child(deleting(context)),
        }
        .into()
    }

    fn rendered(&mut self, context: &Context<Self>, _: bool) {
        let Some(next) = self.next.take() else { return };
        let row = self.row.cast::<HtmlElement>();
        let target = row.and_then(|row| row.query_selector(next).ok().flatten());
        if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            let _ = target.focus();
        }
        // The field keeps its own text from now on: a list that is fetched anew meanwhile does not undo what is being typed.
        if let Some(field) = self.input().filter(|_| next == FIELD) {
            field.set_value(shown_title(&context.props().conversation));
            field.select();
        }
    }
}

impl Item {
    fn input(&self) -> Option<HtmlInputElement> {
        self.field.cast()
    }

    fn renaming(&self, context: &Context<Self>) -> Element {
        let field = element!(
            "input",
            "aria-label" = History::Title,
            "maxlength" = itoa::Buffer::new().format(TITLE_CHARS).to_owned()
        )
        .reference(&self.field)
        .on_escape(context.link().callback(|_| ItemAction::Leave))
        .on_enter(context.link().callback(|_| ItemAction::Save));
        let link = context.link();
        // No form: a sandboxed frame may not submit one.
        element!("div", "class" = "renaming")
            .child(field)
            .child(button("button", History::Save).on_click(link.callback(|_| ItemAction::Save)))
            .child(button("link", History::Cancel).on_click(link.callback(|_| ItemAction::Leave)))
    }
}

fn tools(context: &Context<Item>) -> Element {
    let title = shown_title(&context.props().conversation);
    let link = context.link();
    let tool = |class: &'static str, word: History, named: History, sign| {
        let name = words::fill(named, &[("title", title)]);
        element!("button", "type" = "button", "class" = class, "aria-label" = name, "title" = word)
            .child(icon(sign))
    };
    let rename = tool("plain rename", History::Rename, History::RenameNamed, &Icon::RENAME);
    let delete = tool("plain delete", History::Delete, History::DeleteNamed, &Icon::DELETE);
    element!("span", "class" = "tools")
        .child(rename.on_click(link.callback(|_| ItemAction::Rename)))
        .child(delete.on_click(link.callback(|_| ItemAction::Delete)))
}

fn deleting(context: &Context<Item>) -> Element {
    let ItemProps { session, conversation, .. } = context.props();
    let title = shown_title(conversation);
    let (session, id) = (session.clone(), conversation.id.clone());
    let delete = Callback::from(move |_| session.delete(id.clone()));
    let named = |word: History| words::fill(word, &[("title", title)]);
    element!("div", "class" = "deleting", "role" = "group", "aria-label" = named(History::DeleteNamed))
        .on_escape(context.link().callback(|_| ItemAction::Leave))
        .child(element!("p").string(&named(History::DeleteSure)))
        .child(button("button bad", History::Delete).on_click(delete))
        .child(button("link", History::Keep).on_click(context.link().callback(|_| ItemAction::Leave)))
}

fn row(props: &ItemProps) -> Element {
    let conversation = &props.conversation;
    let open = {
        let (session, id) = (props.session.clone(), conversation.id.clone());
        Callback::from(move |_| session.open(id.clone()))
    };
    let unread = conversation.unread.then(|| {
        element!("span", "class" = "unread")
            .child(element!("span", "class" = "hidden").text(", ").say(History::Unread))
    });
    let title = element!("span", "class" = "title")
        .child(element!("span", "class" = "hidden").say(History::Open).text(" "))
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
        "" => Core::Begin.text(),
        _ => &conversation.title,
    }
}
