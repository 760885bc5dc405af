//! Which columns of a file say what was done to a patient, and by whom.

use clap::Args;

/// Columns of the factors and of therapists.
#[derive(Debug, Args)]
pub(super) struct DesignColumns {
    /// Column of the context, with its levels if they are not limited and enhanced
    #[arg(long, visible_alias = "context", value_name = "COLUMN[=REFERENCE,SECOND]")]
    pub alliance: Option<String>,
    /// Column of the treatment, with its levels if they are not sham and active
    #[arg(long, visible_alias = "treatment", value_name = "COLUMN[=REFERENCE,SECOND]")]
    pub ifc: Option<String>,
    /// Column that says who treated a patient
    #[arg(long, value_name = "COLUMN")]
    pub therapist: Option<String>,
}
