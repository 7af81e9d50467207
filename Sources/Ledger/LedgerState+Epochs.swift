import Accession
import Consensus
import Cryptography
import Membership

/// The versions of the rules that a program executes.
package struct KnownRules: Hashable, Sendable {
  package let versions: [UInt64]

  package init(_ versions: [UInt64]) { self.versions = versions }

  /// Those of this program. Version 2 is version 1 under another number: it changes nothing, so that a network can rehearse an
  /// upgrade of its rules.
  package static let program = KnownRules([1, 2])

  package func contains(_ version: UInt64) -> Bool { versions.contains(version) }
}

/// Epochs and rules, as the state has them.
extension LedgerState {
  /// Everyone that has sessions and signs, from the next block on.
  package var roster: Roster { accession.roster }

  /// The epoch of the next block of the ledger.
  package var epoch: Epoch { accession.epoch }

  /// Who takes part in agreement in that epoch.
  package var validators: ValidatorSet { accession.validators }

  /// Whether the block, whose state this is, closed its epoch or lies above the block that did (L21).
  package func isClosed(after header: BlockHeader) -> Bool { header.epoch < epoch }

  /// The epoch that a closing block opens, given the block whose state this is; nil for any other block, those of a tail
  /// included. The genesis block opens the first.
  package func context(after closing: BlockHeader) -> EpochContext? {
    guard let record = accession.record(of: epoch), record.closing == closing.height, closing.stateRoot == root else {
      return nil
    }
    guard closing.epoch.next == epoch || (epoch == .zero && closing.height == .zero) else { return nil }
    return EpochContext(
      network: network, epoch: epoch, root: closing.link, validators: validators, roster: roster)
  }

  /// The version of the rules of the block of that height, as far as was decided up to now.
  package func rulesVersion(at height: Height) -> UInt64 { accession.rulesVersion(at: height) }

  /// The first height whose rules this program does not know: a member stops before it signs anything there. Nil where none was
  /// decided.
  package var stopsAt: Height? {
    accession.upgrades.first { !rulesKnown.contains($0.version) }.map { Height($0.height) }
  }

  /// What a block gives that executes nothing.
  var unchanged: Execution {
    Execution(
      state: self, outcomes: [], changes: [], closesEpoch: false,
      roots: BlockRoots(transactions: MerkleHash.empty, results: MerkleHash.empty, state: root))
  }
}
