/*
 * The rules of agreement (../consensus.md) among four members, of which member T does what it likes, as a model for Spin.
 *
 * Written from the rules, not from the program. Three processes are honest members. The fourth, the traitor, proposes what it likes in
 * its views, has signed every vote there is, and gives them to whomever it likes. What was sent can arrive at any time, at
 * anyone, or never: a member's votes are a set that only grows, and whoever receives enough of them may act on the certificate, or not.
 *
 *   V   views are played out: 1 to V, at most 4 (for progress at least 2)
 *   T   the traitor: 0 to 3; the leader of view v is member v mod 4 (R1)
 *
 * Two properties, each with a form of its own of what a member has received:
 *   agreement   (default)     of two final blocks one descends from the other: the assertions in judge(). Here a member may act on any
 *                             certificate that can be made at all.
 *   progress    (-DPROGRESS)  the formula `live`: if from view G on no time runs out while something that correct members sent is still on
 *                             its way to one of them, then all of them come to hold a block of view G or above final. Here a
 *                             member acts on the certificates that it holds. Every step adds to some set, so that no run goes in a circle.
 *
 * With -DCRASH storing is a step of its own, and one member may crash and start from what it stored.
 * Each of the other macros breaks one rule; the script `check` beside this file lists them.
 */

#ifndef V
#define V 2
#endif
#ifndef T
#define T 1
#endif
#ifndef G
#define G 2
#endif

/* The honest members. */
#if T == 0
#define X 1
#define Y 2
#define Z 3
#elif T == 1
#define X 0
#define Y 2
#define Z 3
#elif T == 2
#define X 0
#define Y 1
#define Z 3
#else
#define X 0
#define Y 1
#define Z 2
#endif

#define LEADER(v) ((v) % 4)

/* Blocks have numbers: 0 opened the epoch, view v has 2v - 1 and 2v, of which honest leaders make only the first. */
#define NONE 255
#define BLOCK(v, k) (2 * (v) - 1 + (k))
#define VIEW_OF(b) (((b) + 1) / 2)

/* Statements are bits, five a view: notarize of its two blocks, finalize of its two blocks, nullify. */
#define AT(v) (5 * ((v) - 1))
#define NOTARIZE(v, k) (1 << (AT(v) + (k)))
#define FINALIZE(v, k) (1 << (AT(v) + 2 + (k)))
#define NULLIFY(v) (1 << (AT(v) + 4))
#define ABOUT(v) (31 << AT(v))
#define ANY_NOTARIZE(v) (3 << AT(v))
#define ANY_FINALIZE(v) (12 << AT(v))
#define NOTARIZE_OF(b) (1 << (AT(VIEW_OF(b)) + ((b) + 1) % 2))
#define FINALIZE_OF(b) (1 << (AT(VIEW_OF(b)) + 2 + ((b) + 1) % 2))
/* The nullifications of the views between u and v. */
#define GAP(u, v) ((16 | 16 << 5 | 16 << 10 | 16 << 15) & ((1 << AT(v)) - 1) & ~((1 << (5 * (u))) - 1))

/* What each honest member has sent, and the view that it is in. By block, its parent: NONE while nobody made it. */
int sent[4];
byte view[4];
byte parent[2 * V + 1];

/* R9. The traitor has signed everything, so that two of the three others are enough: the quorum is three of four. */
#define TWO ((sent[X] & sent[Y]) | (sent[X] & sent[Z]) | (sent[Y] & sent[Z]))
#define THREE (sent[X] & sent[Y] & sent[Z])
#ifdef SMALL_QUORUM
#define CERTIFIED (sent[X] | sent[Y] | sent[Z])
#else
#define CERTIFIED TWO
#endif

/* R12: what a member has chosen to sign binds it. */
#ifdef CRASH
int chosen[4];
int disk[4];
byte stored_view[4];
bit crashed;
#define OWN(i) chosen[i]
#else
#define OWN(i) sent[i]
#endif

/* With EARLY_EPOCH: the closing block with which a member went over to the next epoch, as final. */
#ifdef EARLY_EPOCH
byte left[4];
#define HERE(i) (left[i] == 0)
#define TAKEN(b) (left[X] == b || left[Y] == b || left[Z] == b)
#else
#define HERE(i) true
#define TAKEN(b) false
#endif

#ifdef PROGRESS
/* The certificates that a member holds, and those that correct members sent to it; whether the traitor fell silent for good. */
int held[4];
int toward[4];
bit silent;
/* What can arrive: what must some day, and what the traitor's votes complete. Finalisations before view G are left out: whoever could have
 * one could have the notarisation as well. */
#define BEFORE_G (12 | 12 << 5 | 12 << 10 | 12 << 15) & ~FINALS
#define ARRIVING(i) ((THREE | toward[i]) & ~held[i] & ~(BEFORE_G))
#define OFFERED(i) (ARRIVING(i) | (silent -> 0 : (TWO & ~held[i])))
/* An honest leader's proposal that a member has not received. */
#define UNSEEN(i, v) (v <= V && LEADER(v) != T && LEADER(v) != i && parent[BLOCK(v, 0)] != NONE \
  && (view[i] < v || (view[i] == v && !(OWN(i) & (ANY_NOTARIZE(v) | NULLIFY(v))))))
#if V == 2
#define BUSY(i) (ARRIVING(i) || UNSEEN(i, 1) || UNSEEN(i, 2))
#elif V == 3
#define BUSY(i) (ARRIVING(i) || UNSEEN(i, 1) || UNSEEN(i, 2) || UNSEEN(i, 3))
#else
#define BUSY(i) (ARRIVING(i) || UNSEEN(i, 1) || UNSEEN(i, 2) || UNSEEN(i, 3) || UNSEEN(i, 4))
#endif
/* Every finalize of view G and later. */
#define FINALS (((12 | 12 << 5 | 12 << 10 | 12 << 15) >> (5 * (G - 1))) << (5 * (G - 1)))
#ifdef HASTY
#define QUIET true
#else
#define QUIET (!BUSY(X) && !BUSY(Y) && !BUSY(Z))
#endif
#define DONE(i) ((held[i] & FINALS) != 0)
ltl live { <> (DONE(X) && DONE(Y) && DONE(Z)) }
#endif

/* R4: a block b may be built on in view v, given a set of certificates. */
#ifdef NO_PARENT_CHECK
#define NULLIFIED(i, set, u, v) true
#elif defined(EARLY_VIEW)
#define NULLIFIED(i, set, u, v) (((set | sent[X] | sent[Y] | sent[Z]) & GAP(u, v)) == GAP(u, v))
#else
#define NULLIFIED(i, set, u, v) ((set & GAP(u, v)) == GAP(u, v))
#endif
#define IS_THERE(b) (b == 0 || (b != NONE && parent[b] != NONE))
#define SOUND(i, set, v, b) (VIEW_OF(b) < v && IS_THERE(b) && (b == 0 || (set & NOTARIZE_OF(b))) \
  && NULLIFIED(i, set, VIEW_OF(b), v))
/* What a proposal brings along. */
#define BROUGHT(v, b) ((b == 0 -> 0 : NOTARIZE_OF(b)) | GAP(VIEW_OF(b), v))

/* Agreement: all final blocks lie on one line. */
inline judge() {
  d_step {
    low = 1; high = 0; walk = 0;
    do
    :: low < 2 * V ->
      high = low + 1;
      do
      :: high <= 2 * V ->
        if
        :: ((CERTIFIED & FINALIZE_OF(low)) || TAKEN(low)) && ((CERTIFIED & FINALIZE_OF(high)) || TAKEN(high)) ->
          walk = high;
          do
          :: VIEW_OF(walk) > VIEW_OF(low) -> walk = parent[walk]
          :: else -> break
          od;
          assert(walk == low)
        :: else
        fi;
        high++
      :: else -> break
      od;
      low++
    :: else -> break
    od;
    low = 0; high = 0; walk = 0
  }
}

/* R16: what no honest member shows, in any view. */
#define BOTH(set, first, second) (((set) & (first)) && ((set) & (second)))
#define CONTRADICTS(set, v) (BOTH(set, NOTARIZE(v, 0), NOTARIZE(v, 1) | FINALIZE(v, 1)) \
  || BOTH(set, FINALIZE(v, 0), FINALIZE(v, 1) | NOTARIZE(v, 1)) || BOTH(set, NULLIFY(v), ANY_FINALIZE(v)))
#ifdef AGREEMENT_ALONE
#define be_honest(i, v) skip
#else
#define be_honest(i, v) assert(!CONTRADICTS(sent[i], v))
#endif

inline vote(i, statement) {
  OWN(i) = OWN(i) | statement;
}

/* R5 */
#ifdef TWO_NOTARIZE
#define MAY_NOTARIZE(i, v, k) (!(OWN(i) & (NOTARIZE(v, k) | NULLIFY(v))))
#else
#define MAY_NOTARIZE(i, v, k) (!(OWN(i) & (ANY_NOTARIZE(v) | NULLIFY(v))))
#endif
/* R6 */
#ifdef NO_NULLIFY_AFTER_NOTARIZE
#define MAY_NULLIFY(i, v) (!(OWN(i) & (NULLIFY(v) | ANY_FINALIZE(v) | ANY_NOTARIZE(v))))
#else
#define MAY_NULLIFY(i, v) (!(OWN(i) & (NULLIFY(v) | ANY_FINALIZE(v))))
#endif
/* R7 */
#ifdef FINALIZE_AFTER_NULLIFY
#define MAY_FINALIZE(i, v, k) (!(OWN(i) & (ANY_FINALIZE(v) | NOTARIZE(v, 1 - (k)))))
#elif defined(FINALIZE_OTHER)
#define MAY_FINALIZE(i, v, k) (!(OWN(i) & (ANY_FINALIZE(v) | NULLIFY(v))))
#else
#define MAY_FINALIZE(i, v, k) (!(OWN(i) & (ANY_FINALIZE(v) | NULLIFY(v) | NOTARIZE(v, 1 - (k)))))
#endif

/* R3: on some block that the leader may build on. */
#define MAY_PROPOSE(i, v) (LEADER(v) == i && parent[BLOCK(v, 0)] == NONE && !(OWN(i) & NULLIFY(v)))
#define PROPOSE_ON(i, v, b) \
  :: atomic { LEADER(v) == i && ENTERS(i, v) && MAY_PROPOSE(i, v) && b < 2 * v - 1 && SOUND(i, CERTIFIED, v, b) -> \
       view[i] = v; parent[BLOCK(v, 0)] = b; vote(i, NOTARIZE(v, 0)) }
/* A block that nobody may vote for yet may as well be made later. */
#define BETRAY_ON(v, k, b) \
  :: atomic { !SILENT && parent[BLOCK(v, k)] == NONE && b < 2 * v - 1 && SOUND(T, CERTIFIED, v, b) -> parent[BLOCK(v, k)] = b }

#ifdef PROGRESS
#define SILENT silent

/* R7 and R3, at once with whatever made them possible. */
#define FINALIZE_HELD(i, v, k) \
  if \
  :: (held[i] & NOTARIZE(v, k)) && MAY_FINALIZE(i, v, k) -> vote(i, FINALIZE(v, k)) \
  :: else \
  fi;
#define BUILD(i, v, b) \
  if \
  :: view[i] == v && MAY_PROPOSE(i, v) && SOUND(i, held[i], v, b) -> parent[BLOCK(v, 0)] = b; vote(i, NOTARIZE(v, 0)) \
  :: else \
  fi;
/* R25: a leader that lacks a certificate asks the two members after it, of which one at least is honest. */
#define NEXT(i, n) (((i) + (n)) % 4)
#define ASK(i, v) \
  if \
  :: view[i] == v && MAY_PROPOSE(i, v) -> toward[i] = toward[i] | held[NEXT(i, 1)] | held[NEXT(i, 2)] \
  :: else \
  fi;
#define REACT_IN(i, v) FINALIZE_HELD(i, v, 0) FINALIZE_HELD(i, v, 1)
#define LEAD_1(i) BUILD(i, 1, 0)
#define LEAD_2(i) BUILD(i, 2, 1) BUILD(i, 2, 2) BUILD(i, 2, 0) ASK(i, 2)
#define LEAD_3(i) BUILD(i, 3, 3) BUILD(i, 3, 4) BUILD(i, 3, 1) BUILD(i, 3, 2) BUILD(i, 3, 0) ASK(i, 3)
#define LEAD_4(i) BUILD(i, 4, 5) BUILD(i, 4, 6) BUILD(i, 4, 3) BUILD(i, 4, 4) BUILD(i, 4, 1) BUILD(i, 4, 2) \
  BUILD(i, 4, 0) ASK(i, 4)
inline react(i) {
  REACT_IN(i, 1)
  REACT_IN(i, 2)
#if V >= 3
  REACT_IN(i, 3)
#endif
#if V >= 4
  REACT_IN(i, 4)
#endif
  LEAD_1(i) LEAD_2(i)
#if V >= 3
  LEAD_3(i)
#endif
#if V >= 4
  LEAD_4(i)
#endif
}

/* R26: whoever enters a view sends the certificate to the view's leader. Of the view after the last one no more is played than that an
 * honest leader's proposal carries this certificate to everyone. */
#ifdef NO_ENTRY_TO_LEADER
#define TELL_LEADER(v, certificate) skip
#else
#define TELL_LEADER(v, certificate) \
  toward[LEADER(v)] = toward[LEADER(v)] | (certificate); \
  if \
  :: v > V && LEADER(v) != T -> TELL_ALL(certificate) \
  :: else \
  fi
#endif
#define TELL_ALL(certificates) \
  toward[X] = toward[X] | (certificates); toward[Y] = toward[Y] | (certificates); toward[Z] = toward[Z] | (certificates)
#define RECEIVE(i, v, certificate) \
  :: atomic { OFFERED(i) & (certificate) -> \
       held[i] = held[i] | (certificate); \
       if \
       :: view[i] <= v -> view[i] = v + 1; TELL_LEADER(v + 1, certificate) \
       :: else \
       fi; \
       react(i) }
#define SEE(i, v) \
  :: atomic { UNSEEN(i, v) -> \
       held[i] = held[i] | BROUGHT(v, parent[BLOCK(v, 0)]); view[i] = v; \
       if \
       :: MAY_NOTARIZE(i, v, 0) -> vote(i, NOTARIZE(v, 0)) \
       :: else \
       fi; \
       react(i) }
#define SEE_TRAITOR(i, v, k) \
  :: atomic { !silent && LEADER(v) == T && view[i] == v && parent[BLOCK(v, k)] != NONE && MAY_NOTARIZE(i, v, k) \
       && SOUND(i, TWO, v, parent[BLOCK(v, k)]) -> \
       held[i] = held[i] | BROUGHT(v, parent[BLOCK(v, k)]); vote(i, NOTARIZE(v, k)); react(i) }
#define GIVE_UP(i, v) \
  :: atomic { view[i] == v && MAY_NULLIFY(i, v) && (v < G || QUIET) -> vote(i, NULLIFY(v)) }
/* R24: a member for which nothing moves sends everyone the certificate that opened its view. */
#ifdef NO_REPEAT
#define REPEAT(i, v)
#else
#define REPEAT(i, v) \
  :: atomic { view[i] == v && QUIET && (held[i] & ABOUT(v - 1) & ~(toward[X] & toward[Y] & toward[Z])) -> \
       TELL_ALL(held[i] & ABOUT(v - 1)) }
#endif
#define STEPS(i, v) \
  RECEIVE(i, v, NOTARIZE(v, 0)) RECEIVE(i, v, NOTARIZE(v, 1)) RECEIVE(i, v, NULLIFY(v)) \
  RECEIVE(i, v, FINALIZE(v, 0) & FINALS) RECEIVE(i, v, FINALIZE(v, 1) & FINALS) \
  SEE(i, v) SEE_TRAITOR(i, v, 0) SEE_TRAITOR(i, v, 1) GIVE_UP(i, v) REPEAT(i, v + 1)
#else
#define SILENT false
/* R2, together with what the member then does in the view: to enter it and do nothing is no other state. */
#define ENTERS(i, v) (HERE(i) && (view[i] == v || (view[i] < v && (CERTIFIED & ABOUT(v - 1)))))
#define SEE(i, v, k) \
  :: atomic { ENTERS(i, v) && LEADER(v) != i && parent[BLOCK(v, k)] != NONE && MAY_NOTARIZE(i, v, k) \
       && SOUND(i, CERTIFIED, v, parent[BLOCK(v, k)]) -> view[i] = v; vote(i, NOTARIZE(v, k)); be_honest(i, v) }
#ifdef EARLY_VIEW
#define NEXT_AFTER(v) v + 1
#else
#define NEXT_AFTER(v) v
#endif
#define GIVE_UP(i, v) \
  :: atomic { ENTERS(i, v) && MAY_NULLIFY(i, v) -> view[i] = NEXT_AFTER(v); vote(i, NULLIFY(v)); be_honest(i, v) }
#define CLOSE(i, v, k) \
  :: atomic { HERE(i) && (CERTIFIED & NOTARIZE(v, k)) && MAY_FINALIZE(i, v, k) -> \
       vote(i, FINALIZE(v, k)); \
       if \
       :: view[i] <= v -> view[i] = v + 1 \
       :: else \
       fi; \
       be_honest(i, v); judge() }
#define STEPS(i, v) \
  SEE(i, v, 0) SEE(i, v, 1) GIVE_UP(i, v) CLOSE(i, v, 0) CLOSE(i, v, 1) \
  PROPOSE_ON(i, v, 0) PROPOSE_ON(i, v, 1) PROPOSE_ON(i, v, 2) PROPOSE_ON(i, v, 3) PROPOSE_ON(i, v, 4) LEAVE(i, v)
#endif

/* A block on the opening one closes the epoch. It does so when it is final, not when it is notarised. */
#ifdef EARLY_EPOCH
#define LEAVE_WITH(i, v, k) \
  :: atomic { HERE(i) && (CERTIFIED & NOTARIZE(v, k)) && parent[BLOCK(v, k)] == 0 -> left[i] = BLOCK(v, k); judge() }
#define LEAVE(i, v) LEAVE_WITH(i, v, 0) LEAVE_WITH(i, v, 1)
#else
#define LEAVE(i, v)
#endif

#define BETRAY(v, k) BETRAY_ON(v, k, 0) BETRAY_ON(v, k, 1) BETRAY_ON(v, k, 2) BETRAY_ON(v, k, 3) BETRAY_ON(v, k, 4)

proctype member(byte i) {
  byte low, high, walk;
#ifdef PROGRESS
  atomic { react(i) }
#endif
end:
  do
  STEPS(i, 1)
#if V >= 2
  STEPS(i, 2)
#endif
#if V >= 3
  STEPS(i, 3)
#endif
#if V >= 4
  STEPS(i, 4)
#endif
#ifdef CRASH
  /* R13: stored, then sent. R15: what was stored binds after a start. */
  :: atomic { chosen[i] != disk[i] || stored_view[i] != view[i] -> disk[i] = chosen[i]; stored_view[i] = view[i] }
#ifdef SENT_BEFORE_STORED
  :: atomic { (chosen[i] & ~sent[i]) -> sent[i] = sent[i] | chosen[i]; be_honest(i, 1); judge() }
#else
  :: atomic { (disk[i] & ~sent[i]) -> sent[i] = sent[i] | disk[i]; be_honest(i, 1); judge() }
#endif
#ifdef FORGOTTEN_VOTES
  :: atomic { !crashed -> crashed = 1; chosen[i] = 0; disk[i] = 0; view[i] = 1; stored_view[i] = 1 }
#else
  :: atomic { !crashed -> crashed = 1; chosen[i] = disk[i]; view[i] = stored_view[i] }
#endif
#endif
  od
}

proctype traitor() {
end:
  do
#if T == 1
  BETRAY(1, 0) BETRAY(1, 1)
#elif T == 2 && V >= 2
  BETRAY(2, 0) BETRAY(2, 1)
#elif T == 3 && V >= 3
  BETRAY(3, 0) BETRAY(3, 1)
#elif T == 0 && V >= 4
  BETRAY(4, 0) BETRAY(4, 1)
#endif
#ifdef PROGRESS
  :: atomic { !silent -> silent = 1 }
#endif
  :: false
  od
}

init {
  byte b;
  atomic {
    b = 1;
    do
    :: b <= 2 * V -> parent[b] = NONE; b++
    :: else -> break
    od;
    b = 0;
    view[X] = 1; view[Y] = 1; view[Z] = 1;
#ifdef CRASH
    stored_view[X] = 1; stored_view[Y] = 1; stored_view[Z] = 1;
#endif
    run member(X); run member(Y); run member(Z); run traitor()
  }
}
