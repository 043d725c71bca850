import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `owner-${string}` | "quota-memory" | "quota-disk">;

/** Whose machines, and how much of the computer they may have. */
export const ownersEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "quota-memory": {
    message:
      "Your machines may have {quota} MiB of memory together here. They have {used} MiB, and this one would take {wanted} MiB.",
    hint: "Give it less (--memory), or delete one: tarr-steps machine list --size",
  },
  "quota-disk": {
    message: "Your machines and images may take {quota} GiB of disk here, and they take {used} GiB.",
    hint: "Delete what you no longer need: tarr-steps machine list --size; tarr-steps image list",
  },
  "owner-needs-root": {
    message: "Only root may look at or stop another user's machines.",
    hint: "Your own: tarr-steps machine list. An administrator may type: sudo tarr-steps {command}",
  },
  "owner-machine-unknown": {
    message: "{user} has no machine “{name}”.",
    hint: "An administrator sees them: sudo tarr-steps machine list --owner {user}",
  },
  "owner-unknown": {
    message: "“{user}” is not a user who can have machines here.",
    hint: "Users who have machines: tarr-steps port list",
  },
});
