import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation

/// A restart for someone who has executed nothing: [document, place, proof of the roster]. The root keys that approve it
/// are those of the roster of the epoch that is left.
///
/// The proof is against the state after one of the document's headers, by its place, or after the block that opened the
/// epoch. The header is below a block that a quorum of the epoch notarised, so that honest members executed it; it does
/// not close the epoch, so that the roster is the epoch's.
package struct RestartLink: Hashable, Sendable, CBORCodable {
  package let document: RestartDocument
  package let place: UInt16?
  package let roster: StateProof

  package init(document: RestartDocument, place: UInt16?, roster: StateProof) {
    (self.document, self.place, self.roster) = (document, place, roster)
  }

  /// The link of a restart, from the state after a block on its way that is at or above the epoch's opening block and
  /// below the end of the epoch; nil if the state is of no such block.
  package init?(document: RestartDocument, state: LedgerState, after block: Digest) {
    let place = document.content.headers.firstIndex { $0.digest == block }.map { UInt16(clamping: $0) }
    guard place != nil || block == document.content.root.digest else { return nil }
    self.init(document: document, place: place, roster: StateProof([.prefix(.roster, [])], in: state.tree))
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(document)
    writer.optional(place) { $0.unsigned(UInt64($1)) }
    writer.value(roster)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    document = try reader.value()
    place = try reader.optional { (item) throws(CBORError) in try item.narrow(UInt16.self) }
    roster = try reader.value()
    reader.leave()
  }

  /// Verifies the restart of an epoch of which the opening block's state root, its link and the validators are known.
  package func verified(
    network: NetworkID, epoch: Epoch, root: BlockLink, stateRoot: Digest, validators: ValidatorSet,
    by verifier: some SignatureVerifier
  ) throws(RestartLinkError) -> VerifiedRestart {
    let roster = try provenRoster(after: stateRoot)
    let basis = RestartBasis(
      EpochContext(network: network, epoch: epoch, root: root, validators: validators, roster: roster))
    do throws(RestartProblem) { return try document.verified(on: basis, by: verifier) } catch {
      throw .restart(error)
    }
  }

  private func provenRoster(after opening: Digest) throws(RestartLinkError) -> Roster {
    var stateRoot = opening
    if let place {
      let content = document.content
      let end = content.headers.count - Int(content.tail) - (content.successor == nil ? 0 : 1)
      guard Int(place) < end else { throw .noRoster }
      stateRoot = content.headers[Int(place)].stateRoot
    }
    let entries: [SectionTree.Entry]
    do throws(StateProofError) {
      entries = try ProvenEntries(roster, stateRoot: stateRoot).entries(.roster)
    } catch { throw .proof(error) }
    let members = entries.compactMap { try? Member(decoding: $0.value) }
    guard members.count == entries.count, let roster = try? Roster(members) else { throw .noRoster }
    return roster
  }
}

/// Why a restart does not lead to another epoch.
package enum RestartLinkError: Error, Hashable, Sendable {
  case restart(RestartProblem)
  case proof(StateProofError)
  /// The proven entries are no roster.
  case noRoster

  package var sentence: String {
    switch self {
    case .restart(let problem): problem.sentence
    case .proof(let error): error.sentence
    case .noRoster: "the roster by whose root keys the restart was approved is not in the state that opened the epoch"
    }
  }
}
