//! What the page has set, by the `data-` attributes of the script tag or the element.

use candor_protocol::VERSION;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{Config, Consent, Keeps};

use crate::session::state::Tab;
use crate::time;
use crate::words::{Conversation, Core};

/// What is asked of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The model's name.
    pub name: String,
    /// What it is told before every conversation. Every visitor can read it in the page.
    pub system: Option<String>,
}

/// The attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where the wire is mounted, or where a gateway has its API.
    pub endpoint: String,
    /// What is asked there, where it is a gateway.
    pub gateway: Option<Model>,
    /// The rest: what the page has to say in the proxy's place.
    attributes: Vec<(String, String)>,
}

/// The most characters of a message, where no proxy says.
const MESSAGE_CHARS: usize = 8000;

impl Settings {
    /// The settings of a page that names nothing but an endpoint.
    pub fn of(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), ..Self::default() }
    }

    /// Reads the element's attributes, each with the name that JavaScript gives it. Those of the loader are passed over.
    ///
    /// # Errors
    /// A sentence that says what is wrong in the page.
    pub fn read(attributes: Vec<(String, String)>) -> Result<Self, &'static str> {
        let mut settings = Self { attributes, ..Self::default() };
        settings.endpoint = settings.given("endpoint").ok_or("The page lacks data-endpoint.")?;
        settings.gateway = match settings.given("transport").as_deref() {
            None | Some("candor") => None,
            Some("openai") => Some(Model {
                name: settings.given("model").ok_or("The page lacks data-model, its gateway’s model.")?,
                system: settings.given("system"),
            }),
            Some(_) => return Err("data-transport must be candor or openai."),
        };
        Ok(settings)
    }

    /// Whether the chat is a part of the page, which is never closed.
    pub fn is_embedded(&self) -> bool {
        self.given("mode").as_deref() == Some("embedded")
    }

    /// Where a site that knows its owner by a cookie tells who they are to the proxy.
    pub fn owner(&self) -> Option<String> {
        self.given("owner")
    }

    /// The tab that is open first.
    pub fn tab(&self) -> Tab {
        match self.given("tab").as_deref() {
            Some("history") => Tab::History,
            Some("diagnostics") => Tab::Diagnostics,
            _ => Tab::Chat,
        }
    }

    /// What visitors may see of errors where this is the most: a page can show less than its proxy would, and no more.
    pub fn diagnostics(&self, most: Diagnostics) -> Diagnostics {
        match (self.given("diagnostics").as_deref(), most) {
            (Some("off"), _) => Diagnostics::Off,
            (Some("reference"), Diagnostics::Full) => Diagnostics::Reference,
            (_, most) => most,
        }
    }

    /// Whom the page says visitors can turn to, as the owner wrote it.
    pub fn contact(&self) -> Option<String> {
        self.given("contact")
    }

    /// The page's title for the chat.
    pub fn title(&self) -> Option<String> {
        self.given("title")
    }

    /// What an attribute says; an empty one says nothing.
    fn given(&self, name: &str) -> Option<String> {
        let given = self.attributes.iter().find(|(known, _)| known == name);
        given.map(|(_, text)| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// What a proxy would say, for a chat with a gateway.
    pub fn config(&self, model: &Model) -> Config {
        Config {
            title: Core::Chat.text().to_owned(),
            subtitle: String::new(),
            greeting: Conversation::Greeting.text().to_owned(),
            suggestions: Vec::new(),
            notice: Conversation::Notice.text().to_owned(),
            diagnostics: Diagnostics::Full,
            provider: None,
            model: Some(model.name.clone()),
            keeps: Keeps::Browser,
            consent: None,
            contact: None,
            linking: false,
            feedback: false,
            message_chars: MESSAGE_CHARS,
            version: VERSION.to_owned(),
            time: time::now(),
        }
    }

    /// The same with the page's own words.
    pub fn adjust(&self, mut config: Config) -> Config {
        for (name, shown) in [
            ("title", &mut config.title),
            ("subtitle", &mut config.subtitle),
            ("greeting", &mut config.greeting),
            ("notice", &mut config.notice),
        ] {
            if let Some(own) = self.given(name) {
                *shown = own;
            }
        }
        if let Some(suggestions) = self.given("suggestions") {
            let each = suggestions.split('|').map(str::trim).filter(|text| !text.is_empty());
            config.suggestions = each.map(str::to_owned).collect();
        }
        config.diagnostics = self.diagnostics(config.diagnostics);
        if let Some(text) = self.given("consent") {
            config.consent = Some(Consent { text, url: self.given("consentUrl") });
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn try_read(json: &str) -> Result<Settings, &'static str> {
        let attributes: BTreeMap<String, String> = serde_json::from_str(json).unwrap();
        Settings::read(attributes.into_iter().collect())
    }

    fn read(json: &str) -> Settings {
        try_read(json).unwrap()
    }

    #[test]
    fn the_page_has_the_last_word() {
        let page = read(
            r#"{"endpoint":"/v1","title":" Harbour ","greeting":"","suggestions":"One| |Two","consent":"Fine?","consentUrl":"https://x.example","open":"","diagnostics":"full","tab":"history"}"#,
        );
        let proxy: Config = serde_json::from_str(
            r#"{"title":"Chat","subtitle":"s","greeting":"g","suggestions":["x"],"notice":"n","diagnostics":"off","message_chars":5,"version":"1","time":1}"#,
        )
        .unwrap();
        let shown = page.adjust(proxy);
        assert_eq!((shown.title.as_str(), shown.greeting.as_str()), ("Harbour", "g"));
        assert_eq!(shown.suggestions, ["One", "Two"]);
        assert_eq!((shown.diagnostics, page.tab()), (Diagnostics::Off, Tab::History));
        let consent = Consent { text: "Fine?".to_owned(), url: Some("https://x.example".to_owned()) };
        assert_eq!(shown.consent, Some(consent));
    }

    #[test]
    fn a_gateway_needs_a_model() {
        assert!(try_read(r#"{"endpoint":"/v1","transport":"openai"}"#).unwrap_err().contains("data-model"));
        let page = read(r#"{"endpoint":"/v1","transport":"openai","model":"llama","system":"Be kind."}"#);
        let model = Model { name: "llama".to_owned(), system: Some("Be kind.".to_owned()) };
        assert_eq!(page.gateway, Some(model));
        assert_eq!(read(r#"{"endpoint":"/v1","model":"llama"}"#).gateway, None);
        assert!(try_read(r#"{"endpoint":"/v1","transport":"grpc"}"#).is_err());
    }
}
