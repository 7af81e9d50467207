import Accession
import Consensus
import Ledger
import Membership

/// The last finalised block and the state after it: what every read beside the loop is of.
package struct CommittedView: Sendable {
  package let header: BlockHeader
  /// The finalisation of this block; nil for the genesis block.
  package let finalisation: Certificate?
  package let state: LedgerState

  package init(header: BlockHeader, finalisation: Certificate?, state: LedgerState) {
    (self.header, self.finalisation, self.state) = (header, finalisation, state)
  }

  /// The members whose signatures finalised the block, ascending.
  package var signers: [MemberID] { finalisation.map { $0.signers(in: state) } ?? [] }
}

extension Certificate {
  /// The members whose signatures it carries: validators of its epoch, which any later state knows.
  package func signers(in state: LedgerState) -> [MemberID] {
    let validators = state.accession.record(of: subject.epoch)?.validators.members ?? []
    return signatures.compactMap { entry in
      let index = Int(entry.index)
      return index < validators.count ? validators[index].id : nil
    }
  }
}
