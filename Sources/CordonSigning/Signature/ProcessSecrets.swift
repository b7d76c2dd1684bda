internal import CSystem

/// What a process does once it holds a secret.
package enum ProcessSecrets {
    /// Keeps the whole process out of core dumps and from being traced by other users' processes.
    package static func protect() { cordon_forbid_core_dumps() }
}
