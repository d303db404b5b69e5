//! What owners did: sign-ins from new addresses, changes of settings, exports and erasures, for the owner to look through.

use candor_protocol::problem::Problem;
use candor_protocol::wire::AuditEntry;

use super::on_demand::{List, ShowList, nothing};
use super::{checks, said};
use crate::element::{Element, element};
use crate::session::Session;
use crate::time;
use crate::transport::Later;
use crate::words::Diagnostics;

/// The audit log.
pub static AUDIT: List = List { title: Diagnostics::Audit, show: Diagnostics::AuditShow, fetch };

fn fetch(session: Session, token: String) -> Later<Result<ShowList, Problem>> {
    Box::pin(async move {
        let log = checks::audit_log(session.client().proxy(), &token).await?;
        let show = move || match log.entries.as_slice() {
            [] => nothing(Diagnostics::AuditEmpty),
            entries => element!("ul", "class" = "audit", "aria-label" = Diagnostics::Audit)
                .children(entries.iter().map(entry)),
        };
        Ok(Box::new(show) as ShowList)
    })
}

fn entry(entry: &AuditEntry) -> Element {
    let more = [&entry.owner, &entry.address, &entry.detail];
    let more = more.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
    element!("li")
        .child(element!("span").string(said(entry.action.words())))
        .child(element!("time", "class" = "plainly").string(&time::full(entry.time)))
        .child(element!("span", "class" = "plainly").string(&more))
}
