use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Link, known};
use candor_protocol::checks::Outcome;
use candor_protocol::wire::{LoggedError, ReplyDelta, ReplyDone, ReplyStart};

use super::diagnostics::DiagnosticsAction;
use super::earlier::EarlierAction;
use super::history::HistoryAction;
use super::tabs::TabAction;
use super::waiting::WaitingAction;
use super::*;

/// Whatever happens, in one list.
#[derive(Clone)]
enum Step {
    Chat(Action),
    Earlier(EarlierAction),
    History(HistoryAction),
    Tabs(TabAction),
    Diagnostics(DiagnosticsAction),
    Waiting(WaitingAction),
}

macro_rules! steps {
    ($($step:ident $action:ident)*) => { $(impl From<$action> for Step {
        fn from(action: $action) -> Self {
            Self::$step(action)
        }
    })* };
}
macro_rules! all {
    ($($step:expr),* $(,)?) => { [$(Step::from($step)),*] };
}

steps! { Chat Action Earlier EarlierAction History HistoryAction Tabs TabAction Diagnostics DiagnosticsAction Waiting WaitingAction }

impl State {
    fn apply(&mut self, step: impl Into<Step>) {
        match step.into() {
            Step::Chat(action) => Change::apply(action, self),
            Step::Earlier(action) => Change::apply(action, self),
            Step::History(action) => Change::apply(action, self),
            Step::Tabs(action) => Change::apply(action, self),
            Step::Diagnostics(action) => Change::apply(action, self),
            Step::Waiting(action) => Change::apply(action, self),
        }
    }
}

fn after<S: Into<Step>>(steps: impl IntoIterator<Item = S>) -> State {
    let mut state = State::default();
    for step in steps {
        state.apply(step);
    }
    state
}

fn opened(epoch: u32, messages: Vec<Message>) -> Action {
    Action::Opened(epoch, Messages { messages, next: None })
}

fn sent(content: &str) -> Action {
    Action::Sent { content: content.into(), idempotency_key: "key-1".into(), time: 5, rehearses: None }
}

fn kept(id: &str, role: Role, content: &str, status: MessageStatus) -> Message {
    Message { id: id.into(), ..message(role, content.into(), status, 7) }
}

fn started() -> Action {
    let message = kept("m_1", Role::User, "Hello", MessageStatus::Complete);
    let reply = kept("m_2", Role::Assistant, "", MessageStatus::Streaming);
    Action::Replied(0, ReplyEvent::Start(ReplyStart { message, reply }))
}

fn delta(content: &str) -> Action {
    Action::Replied(0, ReplyEvent::Delta(ReplyDelta { content: content.into() }))
}

fn missing_scope(time: Millis) -> Problem {
    Problem::new(&known::missing_scope, 502, format!("CR-{time}"), time).with_upstream(ApiError {
        status: 403,
        error_type: Some("invalid_request_error".into()),
        message: Some("Missing scopes: model.request.".into()),
        ..ApiError::default()
    })
}

fn conversation(id: &str) -> Conversation {
    Conversation {
        id: id.into(),
        title: format!("Title of {id}"),
        preview: String::new(),
        created_at: 1,
        updated_at: 1,
        unread: true,
    }
}

fn page(ids: &[&str], next: Option<&str>) -> Conversations {
    Conversations {
        conversations: ids.iter().map(|id| conversation(id)).collect(),
        next: next.map(str::to_owned),
    }
}

fn listed(search: &str, is_more: bool, page: Conversations) -> HistoryAction {
    HistoryAction::Listed { search: search.into(), is_more, page: Ok(page) }
}

fn ids(state: &State) -> Vec<&str> {
    match &state.conversations {
        Loadable::Ready(list) => list.conversations.iter().map(|one| one.id.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

fn contents(state: &State) -> Vec<&str> {
    state.messages.iter().map(|entry| entry.message.content.as_str()).collect()
}

#[test]
fn a_message_is_shown_before_the_proxy_has_it() {
    let state = after([Action::Typed("And then".into()), sent("Hello")]);
    assert_eq!(contents(&state), ["Hello", ""]);
    assert_eq!(state.draft, "And then", "what is being written meanwhile stays");
    assert!(state.replying());
}

#[test]
fn what_was_sent_once_more_and_had_got_through_stands_there_once() {
    let question = kept("m_1", Role::User, "Hello", MessageStatus::Complete);
    let answer = kept("m_2", Role::Assistant, "Good day.", MessageStatus::Complete);
    let page = vec![question.clone(), answer.clone()];
    let mut state = after([Action::Opening("c_1".into()), opened(1, page.clone()), opened(1, page)]);
    assert_eq!(contents(&state), ["Hello", "Good day."], "a second answer to one question changes nothing");
    let reply = Message { content: String::new(), status: MessageStatus::Streaming, ..answer.clone() };
    state.apply(sent("Hello"));
    for event in [
        ReplyEvent::Start(ReplyStart { message: question, reply }),
        ReplyEvent::Delta(ReplyDelta { content: "Good day.".into() }),
        ReplyEvent::Done(ReplyDone { reply: answer }),
    ] {
        state.apply(Action::Replied(1, event));
    }
    assert_eq!(contents(&state), ["Hello", "Good day."]);
}

#[test]
fn what_waits_stands_in_its_order_and_can_be_taken_back_before_what_is_being_written() {
    let waiting =
        |content: &str| Waiting { content: content.into(), idempotency_key: content.into(), time: 5 };
    let mut state = after([Action::Typed("three".into()), sent("zero")]);
    state.apply(WaitingAction::Added(waiting("one")));
    state.apply(WaitingAction::Added(waiting("two")));
    assert!(state.must_wait());
    let (one, two) = (Rc::clone(&state.waiting[0]), Rc::clone(&state.waiting[1]));
    state.apply(WaitingAction::TakenBack(two));
    assert_eq!(state.draft, "two\nthree");
    state.apply(WaitingAction::Sent(one));
    assert!(state.waiting.is_empty());
    state.apply(Action::NewConversation);
    assert!(!state.must_wait());
}

#[test]
fn a_reply_grows_by_its_deltas_and_ends_as_the_proxy_kept_it() {
    let reply = kept("m_2", Role::Assistant, "Good day.", MessageStatus::Complete);
    let before = after([sent("Hello"), started(), delta("Good "), delta("day")]);
    assert_eq!(contents(&before), ["Hello", "Good day"]);
    assert!(before.replying());
    let state = after([
        sent("Hello"),
        started(),
        delta("Good "),
        delta("day"),
        Action::Replied(0, ReplyEvent::Done(ReplyDone { reply })),
    ]);
    assert_eq!(contents(&state), ["Hello", "Good day."]);
    assert!(!state.replying());
}

#[test]
fn an_acknowledged_message_needs_no_idempotency_key_any_more() {
    assert_eq!(after([sent("Hello")]).messages[0].idempotency_key, "key-1");
    let state = after([sent("Hello"), started()]);
    assert_eq!(state.messages[0].idempotency_key, "");
    assert_eq!(state.messages[0].message.id, "m_1");
}

#[test]
fn a_second_start_voids_what_was_shown() {
    let state = after([sent("Hello"), started(), delta("Good"), started(), delta("Goo")]);
    assert_eq!(contents(&state), ["Hello", "Goo"]);
}

#[test]
fn a_failure_keeps_the_words_and_what_had_arrived() {
    let error = Action::Replied(0, ReplyEvent::Error(Box::new(missing_scope(9))));
    let state = after([sent("Hello"), started(), delta("Goo"), error]);
    assert_eq!(contents(&state), ["Hello", "Goo"]);
    assert_eq!(state.messages[1].message.status, MessageStatus::Failed);
    assert!(!state.replying());
    assert_eq!(state.unseen, 1);
}

#[test]
fn a_retry_takes_the_failure_away_and_waits_again() {
    let state = after([sent("Hello"), Action::ReplyFailed(0, missing_scope(9)), Action::Retried]);
    assert_eq!(contents(&state), ["Hello", ""]);
    assert!(state.replying());
    assert_eq!(state.messages[1].message.error, None);
    assert_eq!(state.messages[0].idempotency_key, "key-1", "the same message is sent, not a second one");
}

#[test]
fn a_retry_after_the_conversation_is_gone_begins_another() {
    let gone = Problem::new(&known::not_found, 404, String::new(), 9);
    let state = after([
        sent("Hello"),
        Action::Begun(0, conversation("c_1")),
        Action::ReplyFailed(0, gone),
        Action::Retried,
    ]);
    assert_eq!(state.conversation, None);
}

#[test]
fn failures_that_are_alike_are_counted_together() {
    let state = after([
        Action::Failed(missing_scope(1)),
        Action::Failed(Problem::new(&known::offline, 0, String::new(), 2)),
        Action::Failed(missing_scope(3)),
    ]);
    let counts: Vec<_> = state.failures.iter().map(|failure| (failure.problem.time, failure.count)).collect();
    assert_eq!(counts, [(3, 2), (2, 1)]);
    assert_eq!(state.unseen, 3);
}

#[test]
fn what_happened_opens_diagnostics_at_that_failure() {
    let offline = Problem::new(&known::offline, 0, String::new(), 2);
    let state = after(all![
        Action::Configured(config(Diagnostics::Reference), None),
        Action::Failed(missing_scope(1)),
        Action::Failed(offline),
        DiagnosticsAction::Asked(missing_scope(1), false),
    ]);
    assert_eq!(state.tab, Tab::Diagnostics);
    assert_eq!(state.pointed, Some(1));
    assert_eq!(state.unseen, 0);
}

fn config(diagnostics: Diagnostics) -> Config {
    let json = r#"{"title":"","subtitle":"","greeting":"","notice":"","diagnostics":"full","message_chars":5,"version":"1","time":1}"#;
    Config { diagnostics, ..serde_json::from_str(json).unwrap() }
}

#[test]
fn diagnostics_is_there_once_it_is_known_that_visitors_may_see_something() {
    let chosen = || Action::TabChosen(Tab::Diagnostics);
    let configured = |diagnostics| Action::Configured(config(diagnostics), None);
    let assumed = DiagnosticsAction::VisibilityAssumed;
    let shown = |state: &State| (state.has_diagnostics(), state.tab);
    assert_eq!(shown(&after([chosen()])), (false, Tab::Chat), "nobody has said so yet");
    assert_eq!(shown(&after([chosen(), Action::NotConfigured(missing_scope(1))])), (false, Tab::Chat));
    assert_eq!(shown(&after([chosen(), configured(Diagnostics::Full)])), (true, Tab::Diagnostics));
    assert_eq!(shown(&after(all![chosen(), assumed(Diagnostics::Reference)])), (true, Tab::Diagnostics));
    assert_eq!(
        shown(&after(all![configured(Diagnostics::Off), assumed(Diagnostics::Reference), chosen()])),
        (false, Tab::Chat)
    );
    let off = configured(Diagnostics::Off);
    assert_eq!(shown(&after([chosen(), off.clone(), chosen()])), (false, Tab::Chat));
    let asked = DiagnosticsAction::Asked(missing_scope(1), true);
    assert_eq!(shown(&after(all![off, asked])), (false, Tab::Chat));
    let left = after([chosen(), Action::TabChosen(Tab::History), configured(Diagnostics::Full)]);
    assert_eq!(shown(&left), (true, Tab::History), "who has gone elsewhere since stays there");
    let turned_off = after([configured(Diagnostics::Full), chosen(), configured(Diagnostics::Off)]);
    assert_eq!(shown(&turned_off), (false, Tab::Chat));
}

#[test]
fn the_owner_gets_to_diagnostics_where_visitors_do_not() {
    let off = || Action::Configured(config(Diagnostics::Off), None);
    let chosen = || Action::TabChosen(Tab::Diagnostics);
    let shown = |state: &State| (state.has_diagnostics(), state.tab);
    let state = after(all![off(), chosen(), DiagnosticsAction::OwnerInvited]);
    assert_eq!(shown(&state), (true, Tab::Diagnostics));
    let refused = DiagnosticsAction::OwnerChanged(Owner::Refused(missing_scope(1)));
    let state = after(all![off(), DiagnosticsAction::OwnerInvited, chosen(), refused.clone()]);
    assert_eq!(shown(&state), (true, Tab::Diagnostics), "a wrong token can be put right");
    assert_eq!(shown(&after(all![off(), chosen(), refused])), (false, Tab::Chat));
    let signed_in = DiagnosticsAction::OwnerChanged(Owner::SignedIn(ErrorLog { errors: Vec::new() }));
    let mut state = after(all![off(), chosen(), signed_in]);
    assert_eq!(shown(&state), (true, Tab::Diagnostics));
    state.apply(DiagnosticsAction::OwnerChanged(Owner::SignedOut));
    assert_eq!(shown(&state), (false, Tab::Chat));
}

#[test]
fn an_answer_to_an_earlier_conversation_is_passed_over() {
    let state = after([sent("Hello"), Action::NewConversation, started(), delta("Late")]);
    assert_eq!(contents(&state), Vec::<&str>::new());
    assert_eq!(state.epoch, 1);
}

#[test]
fn failures_of_an_opened_conversation_are_listed_but_not_called_new() {
    let mut failed = kept("m_2", Role::Assistant, "", MessageStatus::Failed);
    failed.error = Some(missing_scope(9));
    let messages = vec![kept("m_1", Role::User, "Hello", MessageStatus::Complete), failed];
    let again = messages.clone();
    let state = after([
        Action::Opening("c_1".into()),
        opened(1, messages),
        Action::Opening("c_1".into()),
        opened(2, again),
    ]);
    assert_eq!(state.failures.len(), 1);
    assert_eq!(state.failures[0].count, 1, "the same event is not counted twice");
    assert_eq!(state.unseen, 0);
    assert_eq!(contents(&state), ["Hello", ""]);
}

#[test]
fn what_is_sent_while_a_conversation_opens_stands_behind_its_messages() {
    let mut state = after([Action::Opening("c_1".into()), sent("And now?")]);
    let key = state.messages[0].key;
    state.apply(opened(1, vec![kept("m_0", Role::User, "Hello", MessageStatus::Complete)]));
    assert_eq!(contents(&state), ["Hello", "And now?", ""]);
    assert_eq!((state.messages[1].key, state.replying()), (key, true), "as it was shown");
}

#[test]
fn what_got_through_while_a_conversation_opened_stands_there_once() {
    let question = kept("m_1", Role::User, "Hello", MessageStatus::Complete);
    let reply = kept("m_2", Role::Assistant, "", MessageStatus::Streaming);
    let start = || {
        let (message, reply) = (question.clone(), reply.clone());
        Action::Replied(1, ReplyEvent::Start(ReplyStart { message, reply }))
    };
    let page = || opened(1, vec![question.clone(), reply.clone()]);
    let orders = [[sent("Hello"), start(), page()], [sent("Hello"), page(), start()]];
    for order in orders {
        let mut state = after([Action::Opening("c_1".into())]);
        for action in order {
            state.apply(action);
        }
        state.apply(Action::Replied(1, ReplyEvent::Delta(ReplyDelta { content: "Hi".into() })));
        assert_eq!(contents(&state), ["Hello", "Hi"]);
    }
}

#[test]
fn a_conversation_that_cannot_be_opened_takes_nothing_away_that_was_sent() {
    let failed = || Action::OpenFailed(1, missing_scope(3));
    let state = after([Action::Opening("c_1".into()), sent("Hello"), failed()]);
    assert_eq!(contents(&state), ["Hello", ""]);
    assert_eq!((state.opening, state.conversation.as_deref()), (false, Some("c_1")));
    assert_eq!(state.earlier.as_deref(), Some(""), "what was before can be asked for");
    assert_eq!(state.failures.len(), 1);
    let state = after([Action::Opening("c_1".into()), failed()]);
    assert_eq!((state.opening, state.conversation, state.earlier), (false, None, None));
}

#[test]
fn deleting_the_open_conversation_leaves_an_empty_one() {
    let state = after(all![
        listed("", false, page(&["c_1", "c_2"], None)),
        Action::Opening("c_1".into()),
        opened(1, vec![kept("m_1", Role::User, "Hello", MessageStatus::Complete)]),
        HistoryAction::Deleted("c_1".into()),
    ]);
    assert_eq!(state.conversation, None);
    assert!(state.messages.is_empty());
    assert_eq!(ids(&state), ["c_2"]);
}

#[test]
fn a_next_page_goes_behind_the_last_and_repeats_nothing() {
    let state = after([
        listed("", false, page(&["c_4", "c_3"], Some("3"))),
        HistoryAction::Listing,
        listed("", true, page(&["c_3", "c_2"], None)),
    ]);
    assert_eq!(ids(&state), ["c_4", "c_3", "c_2"]);
    assert!(!state.listing);
    assert!(matches!(state.conversations, Loadable::Ready(Conversations { next: None, .. })));
}

#[test]
fn the_answer_to_an_earlier_search_is_passed_over() {
    let state = after([
        HistoryAction::Searched("seats".into()),
        listed("seats", false, page(&["c_1"], None)),
        listed("sea", false, page(&["c_1", "c_2"], None)),
    ]);
    assert_eq!(ids(&state), ["c_1"]);
}

#[test]
fn a_conversation_that_is_opened_is_read() {
    let state = after(all![listed("", false, page(&["c_1", "c_2"], None)), Action::Opening("c_1".into())]);
    let Loadable::Ready(list) = &state.conversations else { panic!("{:?}", state.conversations) };
    assert_eq!(list.conversations.iter().map(|one| one.unread).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn what_another_tab_hears_is_shown_where_the_conversation_is_open_and_nowhere_else() {
    let start = ReplyStart {
        message: kept("m_3", Role::User, "More", MessageStatus::Complete),
        reply: kept("m_4", Role::Assistant, "", MessageStatus::Streaming),
    };
    let mirrored = |event, at| Step::from(TabAction::Mirrored("c_1".into(), event, at));
    let text = |text: &str, at| mirrored(ReplyEvent::Delta(ReplyDelta { content: text.into() }), at);
    let opened = all![
        Action::Opening("c_1".into()),
        opened(1, vec![kept("m_1", Role::User, "Hello", MessageStatus::Complete)]),
    ];
    let begun = mirrored(ReplyEvent::Start(start.clone()), 0);
    // Two tabs tell of one reply, and the second is late.
    let there = [begun, text("Of ", 0), text("Of ", 0), text("course", 3), text("course", 3)];
    let state = after(opened.clone().into_iter().chain(there.clone()));
    assert_eq!(contents(&state), ["Hello", "More", "Of course"]);
    assert!(state.replying());
    let held = |content: &str| {
        Step::from(TabAction::Held("c_1".into(), Message { content: content.into(), ..start.reply.clone() }))
    };
    // A piece was missed: what follows it waits for somebody to say how it stands.
    let missed = [text(" and", 10), held("Of course, and"), held("Of")];
    let state = after(opened.into_iter().chain(there.clone()).chain(missed));
    assert_eq!(contents(&state), ["Hello", "More", "Of course, and"]);
    let elsewhere =
        after(all![Action::Opening("c_2".into()), self::opened(1, vec![])].into_iter().chain(there));
    assert!(elsewhere.messages.is_empty());
}

#[test]
fn a_visitor_who_deletes_everything_sees_nothing_of_it() {
    let state = after(all![
        listed("", false, page(&["c_1"], Some("1"))),
        Action::Opening("c_1".into()),
        opened(1, vec![kept("m_1", Role::User, "Hello", MessageStatus::Complete)]),
        Action::Failed(missing_scope(1)),
        HistoryAction::Forgotten,
    ]);
    assert!(ids(&state).is_empty() && state.messages.is_empty() && state.failures.is_empty());
    assert_eq!((state.conversation, state.unseen), (None, 0));
}

#[test]
fn a_message_that_may_not_be_sent_yet_goes_back_into_the_input() {
    let state = after([sent("Hello"), Action::Withdrawn(0)]);
    assert_eq!((state.draft.as_str(), state.messages.len()), ("Hello", 0));
    let elsewhere = after([sent("Hello"), Action::NewConversation, sent("Other"), Action::Withdrawn(0)]);
    assert_eq!(contents(&elsewhere), ["Other", ""]);
}

#[test]
fn stopping_keeps_what_had_arrived() {
    let state = after([sent("Hello"), started(), delta("Goo"), Action::ReplyStopped(0)]);
    assert_eq!(contents(&state), ["Hello", "Goo"]);
    assert_eq!(state.messages[1].message.status, MessageStatus::Stopped);
}

#[test]
fn keys_stay_with_their_messages() {
    let state = after([sent("One"), Action::ReplyFailed(0, missing_scope(1)), sent("Two")]);
    let keys: Vec<_> = state.messages.iter().map(|entry| entry.key).collect();
    assert_eq!(keys, [0, 1, 2, 3]);
}

fn check(id: &str) -> Check {
    Check {
        id: id.to_owned(),
        link: Link::Browser,
        tried: "something".to_owned(),
        evidence: "it works".to_owned(),
        outcome: Outcome::Pass,
        duration: 1,
        problem: None,
    }
}

#[test]
fn what_a_stopped_run_still_finds_is_passed_over() {
    let state = after([
        DiagnosticsAction::ChecksBegan,
        DiagnosticsAction::Checked(check("online")),
        DiagnosticsAction::ChecksEnded,
    ]);
    let mut late = state;
    late.apply(DiagnosticsAction::Checked(check("storage")));
    assert_eq!(late.checks.iter().map(|check| check.id.as_str()).collect::<Vec<_>>(), ["online"]);
    assert!(!late.checking);
}

#[test]
fn a_new_failure_makes_earlier_checks_worthless() {
    let checked = after([
        DiagnosticsAction::ChecksBegan,
        DiagnosticsAction::Checked(check("online")),
        DiagnosticsAction::ChecksEnded,
    ]);
    let mut failed = checked;
    failed.apply(Action::Failed(Problem::new(&known::offline, 0, String::new(), 2)));
    assert_eq!(*failed.checks, []);
}

#[test]
fn whoever_is_signed_in_stays_so_while_their_token_is_tried_again() {
    let log = |count| {
        let references = vec!["CR-1".to_owned()];
        ErrorLog {
            errors: vec![LoggedError { latest: missing_scope(1), count, first: 1, last: 1, references }],
        }
    };
    let changed = DiagnosticsAction::OwnerChanged;
    let state = after([changed(Owner::SignedIn(log(1))), changed(Owner::Trying)]);
    assert_eq!(*state.owner, Owner::SignedIn(log(1)));
    let state =
        after([changed(Owner::SignedIn(log(1))), changed(Owner::Trying), changed(Owner::SignedIn(log(2)))]);
    assert_eq!(*state.owner, Owner::SignedIn(log(2)));
    let state = after([changed(Owner::SignedIn(log(1))), changed(Owner::SignedOut), changed(Owner::Trying)]);
    assert_eq!(*state.owner, Owner::Trying);
}

#[test]
fn earlier_messages_come_before_those_that_are_shown_and_none_comes_twice() {
    let page = |ids: &[&str], next: Option<&str>| Messages {
        messages: ids.iter().map(|id| kept(id, Role::User, id, MessageStatus::Complete)).collect(),
        next: next.map(str::to_owned),
    };
    let ids = |state: &State| state.messages.iter().map(|entry| entry.message.id.clone()).collect::<Vec<_>>();
    let mut state =
        after([Action::Opening("c_1".into()), Action::Opened(1, page(&["m_3", "m_4"], Some("3")))]);
    let keys: Vec<_> = state.messages.iter().map(|entry| entry.key).collect();
    state.apply(EarlierAction::Opening(1));
    assert!(state.opening_earlier);
    state.apply(EarlierAction::Opened(1, Ok(page(&["m_1", "m_2", "m_3"], None))));
    assert_eq!(ids(&state), ["m_1", "m_2", "m_3", "m_4"]);
    assert_eq!(state.messages[2..].iter().map(|entry| entry.key).collect::<Vec<_>>(), keys, "as they were");
    assert_eq!((state.earlier.as_deref(), state.opening_earlier), (None, false));
    // Of a conversation that is no longer open nothing is shown.
    state.apply(Action::NewConversation);
    state.apply(EarlierAction::Opened(1, Ok(page(&["m_0"], None))));
    assert_eq!(ids(&state), Vec::<String>::new());
}

#[test]
fn a_part_is_absent_until_it_has_come() {
    use PartStatus::{Absent, Loading, Ready, Unavailable};
    let mut state = State::default();
    assert_eq!(state.part(Part::History), Absent);
    for status in [Loading, Unavailable, Loading, Ready] {
        state.apply(Action::PartChanged(Part::History, status));
        assert_eq!((state.part(Part::History), state.part(Part::Diagnostics)), (status, Absent));
    }
}

#[test]
fn that_the_model_thinks_is_of_the_reply_that_it_thinks_for() {
    let thinking = || Action::Replied(0, ReplyEvent::Thinking);
    let thinks = |state: &State| state.messages.iter().map(|entry| entry.is_thinking).collect::<Vec<_>>();
    assert_eq!(thinks(&after([sent("Hello"), started(), thinking()])), [false, true]);
    assert_eq!(
        thinks(&after([sent("Hello"), started(), thinking(), Action::Retried, started()])),
        [false, false]
    );
    let stopped = after([sent("Hello"), started(), thinking(), Action::ReplyStopped(0), sent("And now?")]);
    assert_eq!(thinks(&stopped), [false; 4], "no other message has its thoughts");
}
