//! The queries `limit` and `before` of the lists that come in pages.

use std::ops::RangeInclusive;

use super::body::invalid_request;
use super::problem::ApiProblem;

/// How many entries a page has: as many as asked for, within bounds, or as many as usual.
pub fn limit(asked: Option<u32>, usual: u32, allowed: &RangeInclusive<u32>) -> Result<u32, ApiProblem> {
    let limit = asked.unwrap_or(usual);
    if !allowed.contains(&limit) {
        let (least, most) = (allowed.start(), allowed.end());
        return Err(invalid_request(format!("The query limit must be a number from {least} to {most}.")));
    }
    Ok(limit)
}

/// The place that another page gave as `next`; none for the first page.
pub fn before(asked: Option<String>) -> Result<Option<i64>, ApiProblem> {
    asked
        .map(|before| before.parse())
        .transpose()
        .map_err(|_| invalid_request("The query before is not one that a page gave as next."))
}

/// The refusal of a query that cannot even be read.
pub fn unreadable() -> ApiProblem {
    invalid_request("A query of this address is not of its form.")
}
