import { approver } from './approval.ts';
import type { ApiClient } from './client.ts';
import type { Person } from './people.ts';
import { decisions, type Shown } from './tour.ts';

/** Commands to paste into another terminal: each main call, as it works on this deployment now. */
export async function whatToTry(
  client: ApiClient,
  people: readonly Person[],
  shown: readonly Shown[],
): Promise<string> {
  const runtime = 'product-runtime';
  const secret = await client.clientSecret(runtime);
  const agent = '-H "authorization: Bearer $TOKEN" -H "orchestra-principal: agt_checkout_1"';
  const [allowed, escalated] = shown.map(({ decision }) => decision);
  const body = JSON.stringify(decisions[0]?.proposal);
  const outcome = JSON.stringify({ result: 'succeeded', summary: 'Timeouts are gone.' });
  const work = {
    title: 'Raise the connection pool',
    required_skills: [{ name: 'typescript' }],
    topic: 'checkout-api',
  };
  const made = await client.call('POST', '/tasks', { runtime, principal: 'agt_checkout_1' }, work);
  if (made.status !== 201) throw new Error(`the task was refused: ${JSON.stringify(made.body)}`);
  const { id: task } = made.body as { id: string };
  const person = people.find(({ username }) => username === approver.principal);
  const board = `-H "authorization: Bearer $BOARD" -H "orchestra-principal: ${approver.principal}"`;
  const post = `-H "content-type: application/json" -H "idempotency-key: \\"$(uuidgen 2>/dev/null || date +%s%N)\\""`;
  return `
  The control plane runs at ${client.url}/v1

  Paste into another terminal (the secret is of this local cloud, and is gone with it):

    URL=${client.url}/v1
    TOKEN=$(curl -s -u '${client.clientId(runtime)}:${secret}' -d grant_type=client_credentials ${client.tokenUrl} | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')

    # Propose a decision
    curl -s $URL/decisions ${agent} ${post} -d '${body}'

    # Read a decision, and record its outcome
    curl -s $URL/decisions/${allowed?.id ?? ''} ${agent}
    curl -s $URL/decisions/${allowed?.id ?? ''}/outcome ${agent} ${post} -d '${outcome}'

    # The escalation and how it ended; the inbox in which the requester heard of it
    curl -s $URL/escalations/${escalated?.escalation_id ?? ''} ${agent}
    curl -s "$URL/agents/agt_checkout_1/inbox" ${agent}

    # What the ledger has of this agent, and of a task
    curl -s "$URL/audit/entries?agent=agt_checkout_1" ${agent}
    curl -s "$URL/audit/entries?task=TASK-1042" ${agent}
    curl -s "$URL/audit/exports?agent=agt_checkout_1&format=ocsf" ${agent}

    # What is left of the limits over the agent
    curl -s $URL/limits/agent/agt_checkout_1 ${agent}

    # Put work into the queue of the agent's team; what the agent can claim
    curl -s $URL/tasks ${agent} ${post} -d '${JSON.stringify(work)}'
    curl -s $URL/agents/agt_checkout_1/work ${agent}

    # Who fits a task, and why; take it: the answer has the fencing token; say that it goes on, and that it is done
    curl -s $URL/tasks/${task}/candidates ${agent}
    curl -s -X POST $URL/tasks/${task}/claims ${agent} ${post}
    curl -s $URL/tasks/${task}/heartbeats ${agent} ${post} -d '{"token":1,"progress":"Half of it"}'
    curl -s $URL/tasks/${task}/completion ${agent} ${post} -d '{"token":1,"result":"Raised to 40"}'

    # Agents by skill, the authority matrix, the policies in force
    curl -s "$URL/agents?domain=product&limit=3" ${agent}
    curl -s $URL/matrix ${agent}
    curl -s $URL/policies ${agent}

    # Public: keys that receipts verify with, and the API itself
    curl -s $URL/jwks.json
    curl -s $URL/openapi.json

  As a person: sign in as ${person?.username ?? ''} with the password ${person?.password ?? ''} (of this local cloud alone), and see what waits for the board.

    BOARD=$(npm run -s sign-in -- --authorize-url ${client.pages.authorize} --token-url ${client.pages.token} --client-id ${client.pages.clientId})
    curl -s $URL/escalations ${board}

  Stop with Ctrl-C: nothing is left running.
`;
}
