/// Ways to train a classifier on data that nobody vouches for.
public enum TrainingMethod: String, Sendable, CaseIterable {
    /// Cross entropy on all rows.
    case plain
    /// In the manner of anti-backdoor learning (Li and others 2021): rows whose loss falls first are set aside and unlearned.
    case antiBackdoor = "abl"
    /// On rows that are changed against the model in every step (Madry and others 2018; one step from a random start: Wong and others
    /// 2020).
    case adversarial
}
