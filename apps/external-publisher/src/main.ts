/** Consumer group `external-publisher`: tells outsiders about orders, in a contract of their own. */
import { runPublisher } from '@millrace/consumer';
import { orderEvents, orderPublicEvents } from '@millrace/contracts/orders';
import { orderPublication } from '@millrace/orders-read-models';

await runPublisher(
  { mapping: orderPublication, catalogue: orderEvents, publicCatalogue: orderPublicEvents },
  process.env,
);
