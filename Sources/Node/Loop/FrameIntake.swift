import CBOR
import Logging
import Membership
import Replica
import Transport

/// What the verifier threads do with a frame: decode, verify, hand over. A frame that is not in order is dropped and counted; it changes nothing.
struct FrameIntake: Sendable {
  let verifier: PeerMessageVerifier<CachingVerifier>
  let inbox: Inbox<LoopEvent>
  let telemetry: Telemetry
  let logger: Logger

  func take(_ frame: InboundFrame) {
    let message: PeerMessage
    do throws(CBORError) { message = try PeerMessage(decoding: frame.bytes) } catch {
      return drop(frame, "MALFORMED", "\(error)")
    }
    do throws(PeerMessageRefusal) {
      inbox.put(.message(try verifier.verified(message, from: frame.sender), frame))
    } catch {
      drop(frame, error.code, "\(error)")
    }
  }

  private func drop(_ frame: InboundFrame, _ code: String, _ reason: String) {
    telemetry.droppedMessage(code)
    logger.debug(
      "a message was dropped", metadata: ["member": "\(frame.sender)", "code": "\(code)", "reason": "\(reason)"])
  }
}
