//! temporary
pub fn hash(_: &super::Scenario) -> String {
    String::new()
}
