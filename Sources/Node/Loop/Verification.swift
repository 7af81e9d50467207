import CBOR
import Logging
import Membership
import Replica
import Transport

/// What is done to a peer's frame before the replica takes it: decoding, and verifying what it carries. Pure but for counting what is dropped;
/// a frame that is not in order changes nothing.
struct Verification: Sendable {
  let verifier: EpochVerifier
  let telemetry: Telemetry
  let logger: Logger

  /// The message in the frame, or nil where the bytes are none.
  func decode(_ frame: InboundFrame) -> PeerMessage? {
    do throws(CBORError) { return try PeerMessage(decoding: frame.bytes) } catch {
      drop(frame, "MALFORMED", "\(error)")
      return nil
    }
  }

  /// The message with everything in it verified, or nil where something does not verify.
  func verify(_ message: PeerMessage, in frame: InboundFrame, known: KnownParts) -> VerifiedPeerMessage? {
    do throws(PeerMessageRefusal) {
      return try verifier.current.verified(message, from: frame.sender, known: known)
    } catch {
      drop(frame, error.code, "\(error)")
      return nil
    }
  }

  private func drop(_ frame: InboundFrame, _ code: String, _ reason: String) {
    telemetry.droppedMessage(code)
    logger.debug(
      "a message was dropped", metadata: ["member": "\(frame.sender)", "code": "\(code)", "reason": "\(reason)"])
  }
}

/// What a frame says of itself before anything is decoded, most urgent first. A wrong word costs the sender's own frames their place.
enum FrameLane: Int, CaseIterable {
  /// Votes, certificates, proposals, and what they ask for.
  case agreement
  /// A few transactions.
  case transactions
  /// Synchronisation, and transactions by the hundred.
  case bulk

  /// The largest frame of transactions that is decoded on the loop's own thread.
  private static let fewTransactions = 64 * 1024

  /// A peer message is an array of two whose first item is its tag, one byte for all that exist.
  init(_ frame: [UInt8]) {
    guard frame.count > 1 else {
      self = .bulk
      return
    }
    switch frame[1] {
    case 0, 1, 3, 4, 5: self = .agreement
    case 2 where frame.count <= Self.fewTransactions: self = .transactions
    default: self = .bulk
    }
  }
}
