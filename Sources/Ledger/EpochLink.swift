import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation

/// How one epoch leads to the next, for someone who has executed nothing: [kind, …].
///
/// A chain of them begins at the genesis block, and each is verified by what the one before proved.
package enum EpochLink: Hashable, Sendable, CBORCodable {
  /// The members changed their roster themselves: a block of theirs closed the epoch.
  case succession(EpochSuccession)
  /// More validators than a quorum can spare were lost; the root keys restarted the network.
  case restart(RestartLink)

  /// The epoch that it ends.
  package var epoch: Epoch? {
    switch self {
    case .succession(let link): link.headers.first?.epoch
    case .restart(let link): link.document.content.epoch
    }
  }

  private enum Kind: UInt64 {
    case succession = 0
    case restart = 1
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .succession(let link):
      writer.unsigned(Kind.succession.rawValue)
      writer.value(link)
    case .restart(let link):
      writer.unsigned(Kind.restart.rawValue)
      writer.value(link)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    guard let kind = Kind(rawValue: try reader.unsigned()) else { throw .unknownValue }
    switch kind {
    case .succession: self = .succession(try reader.value())
    case .restart: self = .restart(try reader.value())
    }
    reader.leave()
  }
}

/// The closing block of an epoch, its way to finality, and the proof of who votes in the epoch that it opens:
/// [headers, finalisation, proof].
package struct EpochSuccession: Hashable, Sendable, CBORCodable {
  package static let mostHeaders = 4_096

  /// The closing block's header, then those of the tail blocks, each the child of the one before.
  package let headers: [BlockHeader]
  /// Finalises the last of the headers.
  package let finalisation: Certificate
  /// Shows the next epoch's record in the state of the closing block.
  package let proof: StateProof

  /// A link as someone claims it; ``init(headers:finalisation:state:)`` makes those that verify.
  package init(headers: [BlockHeader], finalisation: Certificate, proof: StateProof) {
    (self.headers, self.finalisation, self.proof) = (headers, finalisation, proof)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.list(headers)
    writer.value(finalisation)
    writer.value(proof)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    headers = try reader.list(max: Self.mostHeaders)
    finalisation = try reader.value()
    proof = try reader.value()
    reader.leave()
  }
}

extension EpochSuccession {
  /// The link that a closing block makes, from the state after it; nil where these do not belong together. The headers
  /// are the closing block's, then those of the tail that the certificate's block ends.
  package init?(headers: [BlockHeader], finalisation: Certificate, state: LedgerState) {
    guard let closing = headers.first, closing.stateRoot == state.root, finalisation.kind == .finalize,
      finalisation.block == headers.last?.digest, let next = closing.epoch.next, state[.epoch(next)] != nil
    else { return nil }
    self.init(
      headers: headers, finalisation: finalisation, proof: StateProof([.entry(.epoch(next))], in: state.tree))
  }
}

extension LightEpoch {
  /// The next epoch, after verifying the closing block, its finality and the record of the next epoch in its state.
  func successor(
    by link: EpochSuccession, _ verifier: some SignatureVerifier
  ) throws(EpochLinkError) -> LightEpoch {
    guard let closing = link.headers.first, leads(to: closing), closing != opening else { throw .foreignBlock }
    if let height = closing.brokenChain(through: link.headers.dropFirst()) { throw .brokenChain(height) }
    do throws(EpochCertificateError) {
      try check(link.finalisation, finalises: link.headers.last, by: verifier)
    } catch {
      throw .notFinal(error.reason)
    }
    guard let next = epoch.next else { throw .noRecord }
    let value: [UInt8]?
    do throws(StateProofError) {
      value = try ProvenEntries(link.proof, stateRoot: closing.stateRoot).value(.epoch(next))
    } catch {
      throw .proof(error)
    }
    // A record of another height was made by an earlier block: this one does not close anything.
    guard let value, let record = try? EpochRecord(decoding: value), record.epoch == next,
      record.closing == closing.height, record.restart == nil
    else { throw .noRecord }
    return LightEpoch(network: network, epoch: next, opening: closing, validators: record.validators)
  }
}
