/** Consumer group `order-read-model-projection`: keeps read_model.order_read_model in step with the order events. */
import { runProjection } from '@millrace/consumer';
import { orderEvents } from '@millrace/contracts/orders';
import { orderReadModel } from '@millrace/orders-read-models';

await runProjection({ projection: orderReadModel, catalogue: orderEvents }, process.env);
