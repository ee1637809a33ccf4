pub struct PathRules;
#[derive(Debug)]
pub struct RuleError;
