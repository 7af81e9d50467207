import Consensus
import Ledger
import Membership
import Replica
import Synchronization

/// Verifies what peers and clients send on the roster of the present epoch, for all threads.
package final class EpochVerifier: Sendable {
  private let present: Mutex<PeerMessageVerifier<CachingVerifier>>

  package init(_ verifier: PeerMessageVerifier<CachingVerifier>) { present = Mutex(verifier) }

  /// The verifier of this moment; what it verifies may be of the past when it is done.
  package var current: PeerMessageVerifier<CachingVerifier> { present.withLock { $0 } }

  /// From here on verifies in that epoch.
  func enter(_ context: EpochContext, restarting: RestartBasis) {
    present.withLock { $0 = PeerMessageVerifier(context: context, restarting: restarting, scheme: $0.scheme) }
  }
}
