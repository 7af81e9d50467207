import Consensus
import Cryptography
import Membership
import Negotiation

/// After the loss of too many validators (`Protocol/recovery.md`, V6).
extension Accession {
  /// Opens an epoch by a restart document, above the start block of that height: whoever is not among its validators
  /// follows from then on. The caller has judged that the document is lawful here.
  package mutating func restart(_ epoch: Epoch, validators: ValidatorSet, after start: Height, document: Digest) {
    epochs.append(EpochRecord(epoch: epoch, closing: start, validators: validators, restart: document))
    restarts[epoch] = RestartRecord(document: document, start: start)
    touched.formUnion([.epoch(epoch), .restart(epoch)])
  }

  /// The last epoch that a restart opened, or nil.
  package var lastRestart: EpochRecord? { epochs.last { $0.restart != nil } }

  /// The restarts, ascending by the epoch that each opened.
  package var restartRecords: [(epoch: Epoch, record: RestartRecord)] {
    restarts.keys.sorted().compactMap { epoch in restarts[epoch].map { (epoch, $0) } }
  }
}
