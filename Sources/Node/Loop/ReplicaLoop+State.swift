import CBOR
import Consensus
import Cryptography
import Dispatch
import Ledger
import Logging
import Membership
import Replica
import Storage
import Transport

/// What the loop hears about states that it hands out or takes over.
enum StateEvent: Sendable {
  /// An answer for a member, from the office.
  case answer(StateMessage, to: MemberID)
  case offered(VerifiedSnapshotOffer?, by: MemberID)
  case assembled(Result<StartingState, NodeFailure>, by: MemberID)
  /// A step took too long.
  case alarm(step: UInt64)
}

/// Handing states out and taking them over (`Protocol/replica.md`, M34 to M37).
extension ReplicaLoop {
  /// A member far behind takes the state over from one that is ahead; if that does not come, blocks come by ranges as ever.
  func considerState(from height: Height, to top: Height, _ member: MemberID) {
    guard top.number > height.number, top.number - height.number > 2 * parts.replica.snapshotInterval,
      let question = fetch.begin(with: member, above: height)
    else { return }
    sendState(question, to: member)
    setAlarm()
  }

  func take(_ frame: InboundFrame) {
    let member = frame.sender
    guard let message = try? StateMessage(decoding: frame.bytes) else {
      return parts.telemetry.droppedMessage("MALFORMED")
    }
    let inbox = parts.inbox
    switch message {
    case .want, .wantChunk: parts.office.serve(message) { inbox.put(.state(.answer($0, to: member))) }
    case .offer(let offer):
      guard fetch.awaitsOffer(of: member) else { return }
      parts.office.verify(offer) { inbox.put(.state(.offered($0, by: member))) }
    case .chunk(let header, let place, let bytes):
      switch fetch.take(chunk: bytes, place, header, of: member) {
      case .ask(let question):
        sendState(question, to: member)
        setAlarm()
      case .complete(let bytes, let offer):
        parts.office.assemble(bytes, offer) { inbox.put(.state(.assembled($0, by: member))) }
      case .wrong(let member):
        parts.logger.warning("a chunk is not the one that was offered", metadata: ["member": "\(member)"])
      case .nothing: break
      }
    }
  }

  func take(_ event: StateEvent) {
    switch event {
    case .answer(let message, let member): sendState(message, to: member)
    case .offered(let offer, let member):
      guard let offer, let question = fetch.take(offer, of: member, above: parts.replica.finalised.height) else {
        parts.logger.warning("no state is taken from a member's offer", metadata: ["member": "\(member)"])
        return fetch.giveUp()
      }
      sendState(question, to: member)
      setAlarm()
    case .assembled(.success(let state), let member): takeOver(state, from: member)
    case .assembled(.failure(let failure), let member):
      parts.logger.warning(
        "a member's state does not verify", metadata: ["member": "\(member)", "reason": "\(failure.sentence)"])
      fetch.giveUp()
    case .alarm(let step): if step == fetch.step { fetch.giveUp() }
    }
  }

  private func sendState(_ message: StateMessage, to member: MemberID) {
    _ = parts.sender.send(message.encoded, to: member, .bulk)
  }

  private func setAlarm() {
    let (inbox, step) = (parts.inbox, fetch.step)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(StateFetch.patience))) {
      inbox.put(.state(.alarm(step: step)))
    }
  }

  /// Goes on from the state: the journal begins with it, and the replica is recovered from the journal as at a start.
  private func takeOver(_ state: StartingState, from member: MemberID) {
    fetch.finish()
    guard failure == nil, state.snapshot.header.height > parts.replica.finalised.height else { return }
    settle()
    do {
      try parts.storage.begin(with: state.snapshot, links: state.links)
      replace(by: try parts.recover(try parts.storage.recovery()), state.snapshot)
    } catch let error as StorageError {
      return failure = .storage(error)
    } catch let error as RecoveryError {
      return failure = .recovery(error.sentence)
    } catch {
      return failure = .recovery("\(error)")
    }
    parts.logger.notice(
      "took over a state", metadata: ["height": "\(state.snapshot.header.height)", "member": "\(member)"])
  }
}
