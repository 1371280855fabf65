/** Consumer group `orders-by-status-projection`: keeps read_model.orders_by_status in step with the order events. */
import { runProjection } from '@millrace/consumer';
import { orderEvents } from '@millrace/contracts/orders';
import { ordersByStatus } from '@millrace/orders-read-models';

await runProjection({ projection: ordersByStatus, catalogue: orderEvents }, process.env);
